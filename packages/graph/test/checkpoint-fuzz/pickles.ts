import { integerBytes, integers, mutateBytes, mutateList } from './mutate.js'
import type { Random } from './random.js'

const fixed: Record<string, number> = { K: 1, M: 2, J: 4, G: 8, h: 1, q: 1, j: 4, r: 4, '\x80': 1, '\x95': 8 }
const counted: Record<string, number> = {
  X: 4,
  U: 1,
  T: 4,
  B: 4,
  C: 1,
  '\x8c': 1,
  '\x8d': 8,
  '\x8e': 8,
  '\x8a': 1,
  '\x8b': 4,
  '\x96': 8,
}
const lines: Record<string, number> = { c: 2, i: 2, p: 1, g: 1, I: 1, L: 1, F: 1, S: 1, V: 1, P: 1 }

/** Cuts one pickle into its opcodes with their arguments. */
export function opcodes(bytes: Buffer): Buffer[] {
  const parts: Buffer[] = []
  for (let at = 0; at < bytes.length; ) {
    const code = String.fromCharCode(bytes[at]!)
    const prefix = counted[code]
    let end = at + 1 + (fixed[code] ?? 0)
    if (prefix !== undefined) end = at + 1 + prefix + bytes.readUIntLE(at + 1, Math.min(prefix, 6))
    for (let n = lines[code] ?? 0; n > 0; n--) end = bytes.indexOf(0x0a, end) + 1
    parts.push(bytes.subarray(at, end))
    at = end
    if (code === '.') break
  }
  return parts
}

const names = [
  ...['collections\nOrderedDict', 'collections\ndefaultdict', '__builtin__\nset', 'builtins\nlist', '_codecs\nencode'],
  ...[
    'torch._utils\n_rebuild_tensor_v2',
    'torch._utils\n_rebuild_parameter',
    'torch\nFloatStorage',
    'torch\nHalfStorage',
  ],
  ...['torch\nUntypedStorage', 'torch\nSize', 'torch._tensor\n_rebuild_from_type_v2', 'copy_reg\n_reconstructor'],
  ...['numpy.core.multiarray\n_reconstruct', 'numpy.core.multiarray\nscalar', 'numpy\ndtype', 'numpy\nndarray'],
  ...['os\nsystem', 'builtins\neval', '__main__\nNet', 'a\nb', '\n', 'x\n__proto__'],
]
const codes =
  '.(012NRbdeaostu)]}lhij\x81\x85\x86\x87\x88\x89\x8f\x90\x91\x92\x93\x94QKMJGXUCB\x8a\x8b\x8c\x8e\x96\x95\x80'
const pieces = [
  ...names.map((name) => `c${name}\n`),
  ...codes,
  '}',
  ']',
  ')',
  '(',
  'N',
  'K\x00',
  'K\x01',
  'h\x00',
  'h\x01',
  'q\x05',
]
const extra = pieces.map((text) => Buffer.from(text, 'latin1'))

/** One opcode with other arguments. */
function other(random: Random, opcode: Buffer): Buffer {
  const code = String.fromCharCode(opcode[0]!)
  const content = opcode.subarray(1)
  const width = fixed[code]
  if (random.chance(0.2)) return random.pick(extra)
  if (code === 'c' && random.chance(0.8)) return Buffer.from(`c${random.pick(names)}\n`)
  if (width !== undefined) return Buffer.concat([opcode.subarray(0, 1), integerBytes(random.pick(integers), width)])
  const prefix = counted[code]
  if (prefix !== undefined && random.chance(0.5)) {
    const inner = mutateBytes(random, content.subarray(prefix), 1)
    return Buffer.concat([opcode.subarray(0, 1), integerBytes(inner.length, prefix), inner])
  }
  return mutateBytes(random, opcode, 1)
}

/** A pickle, or several in a row, with a few opcodes changed. */
export const mutatePickle = (random: Random, parts: readonly Buffer[]): Buffer =>
  Buffer.concat(mutateList(random, parts, (part) => other(random, part), extra))
