import type { Random } from './random.js'

/** Integers at which readers of sizes, counts and offsets go wrong. */
export const integers = [
  0,
  1,
  2,
  3,
  4,
  7,
  8,
  255,
  256,
  65535,
  65536,
  2 ** 24,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 32,
  2 ** 40,
]
export const large = [...integers, 2 ** 53 - 1, 2 ** 53, 2 ** 62, -1, -2, -(2 ** 31)]

/** Writes an integer of so many bytes, cut off to them. */
export function integerBytes(value: number, width: number, bigEndian = false): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)))
  const cut = bytes.subarray(0, width)
  return bigEndian ? cut.reverse() : cut
}

/** A few changes to bytes that know nothing of their meaning. */
export function mutateBytes(random: Random, bytes: Buffer, times = 1 + random.below(4)): Buffer {
  let changed = Buffer.from(bytes)
  for (let i = 0; i < times && changed.length > 0; i++) changed = mutateOnce(random, changed)
  return changed
}

function mutateOnce(random: Random, bytes: Buffer): Buffer<ArrayBuffer> {
  const at = random.below(bytes.length)
  const length = 1 + random.below(Math.min(16, bytes.length - at))
  const splice = (middle: Uint8Array, removed: number) =>
    Buffer.concat([bytes.subarray(0, at), middle, bytes.subarray(at + removed)])
  switch (random.below(8)) {
    case 0:
      return splice(Buffer.of(bytes[at]! ^ (1 << random.below(8))), 1)
    case 1:
      return splice(Buffer.of(random.pick([0, 1, 0x7f, 0x80, 0xff])), 1)
    case 2: {
      const width = random.pick([1, 2, 4, 8])
      return splice(integerBytes(random.pick(large), width, random.chance(0.2)), width)
    }
    case 3:
      return splice(new Uint8Array(0), length)
    case 4:
      return splice(bytes.subarray(at, at + length), 0)
    case 5:
      return splice(random.bytes(length), 0)
    case 6:
      return splice(random.bytes(length), length)
    default:
      return Buffer.from(bytes.subarray(0, at))
  }
}

/** A few changes to a list: parts left out, doubled, moved, replaced by others. */
export function mutateList<T>(random: Random, list: readonly T[], replace: (part: T) => T, extra: readonly T[]): T[] {
  const changed = [...list]
  for (let times = 1 + random.below(4); times > 0 && changed.length > 0; times--) {
    const at = random.below(changed.length)
    const action = random.below(10)
    if (action < 5) changed[at] = replace(changed[at]!)
    else if (action === 5) changed.splice(at, 1 + random.below(4))
    else if (action === 6) changed.splice(at, 0, ...changed.slice(at, at + 1 + random.below(4)))
    else if (action === 7) changed.splice(at, 1, random.pick(changed))
    else if (action === 8) changed.splice(at, 0, random.pick(extra))
    else changed.splice(at, 1, random.pick(extra))
  }
  return changed
}
