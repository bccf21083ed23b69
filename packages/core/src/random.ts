import { createHash } from 'node:crypto'

/**
 * Randomness as a pure function of labels. A `Random` is a name, not a stream: asking it twice gives the same answer twice,
 * and to draw something else is to `fork` with another label. So a result cannot depend on what else ran, in which order
 * or in which process.
 */
export interface Random {
  /** Another, independent source, fixed by this one and the labels. `fork('a', 'b')` is not `fork('ab')`. */
  fork(...labels: (string | number)[]): Random
  /** The number in [0, 1) that belongs to this source; 32 random bits. */
  uniform(): number
  /** `length` numbers in [0, 1). The first is `uniform()`. */
  uniforms(length: number): Float64Array
  /** `length` draws of the standard normal distribution (Box-Muller), in single precision. */
  normals(length: number): Float32Array
  /** A whole number in 0 .. limit - 1, `limit` at most 2^32. */
  integer(limit: number): number
  /** A random order of 0 .. length - 1 (Fisher-Yates). */
  permutation(length: number): Uint32Array
}

/** 32 x 32 -> 64 bit product, as its high and low words. */
function multiply(a: number, b: number): [high: number, low: number] {
  const ah = a >>> 16
  const al = a & 0xffff
  const bh = b >>> 16
  const bl = b & 0xffff
  const middle = ah * bl + ((al * bl) >>> 16)
  const carry = (middle & 0xffff) + al * bh
  return [(ah * bh + Math.floor(middle / 0x10000) + Math.floor(carry / 0x10000)) >>> 0, Math.imul(a, b) >>> 0]
}

/**
 * Philox4x32-10, the counter-based generator of Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (SC 2011):
 * ten rounds that turn a 128-bit counter and a 64-bit key into 128 random bits.
 *
 * @param counter four 32-bit words
 * @param key two 32-bit words
 * @returns four 32-bit words
 */
export function philox(counter: readonly number[], key: readonly number[]): [number, number, number, number] {
  let [c0, c1, c2, c3] = counter as [number, number, number, number]
  let [k0, k1] = key as [number, number]
  for (let round = 0; round < 10; round++) {
    const [high0, low0] = multiply(0xd2511f53, c0)
    const [high1, low1] = multiply(0xcd9e8d57, c2)
    c0 = (high1 ^ c1 ^ k0) >>> 0
    c1 = low1
    c2 = (high0 ^ c3 ^ k1) >>> 0
    c3 = low0
    k0 = (k0 + 0x9e3779b9) >>> 0
    k1 = (k1 + 0xbb67ae85) >>> 0
  }
  return [c0, c1, c2, c3]
}

/** `length` 32-bit words of the source named by `state`: Philox keyed by its first 64 bits, counting from its next 64. */
function words(state: Buffer, length: number): Uint32Array {
  const key = [state.readUInt32LE(0), state.readUInt32LE(4)]
  const high = [state.readUInt32LE(8), state.readUInt32LE(12)]
  const out = new Uint32Array(Math.ceil(length / 4) * 4)
  for (let block = 0; block < out.length / 4; block++) out.set(philox([block, 0, ...high], key), 4 * block)
  return out.subarray(0, length)
}

function source(state: Buffer): Random {
  const uniforms = (length: number): Float64Array => Float64Array.from(words(state, length), (word) => word / 2 ** 32)
  return {
    fork: (...labels) =>
      source(
        labels.reduce<Buffer>(
          (key, label) =>
            createHash('sha256')
              .update(key)
              .update(`${typeof label}:${label}`)
              .digest(),
          state,
        ),
      ),
    uniform: () => uniforms(1)[0]!,
    uniforms,
    normals(length) {
      const bits = words(state, 2 * Math.ceil(length / 2))
      const out = new Float32Array(bits.length)
      for (let i = 0; i < bits.length; i += 2) {
        // (0, 1] and not [0, 1): its logarithm must be finite.
        const radius = Math.sqrt(-2 * Math.log((bits[i]! + 1) / 2 ** 32))
        const angle = (2 * Math.PI * bits[i + 1]!) / 2 ** 32
        out[i] = radius * Math.cos(angle)
        out[i + 1] = radius * Math.sin(angle)
      }
      return out.subarray(0, length)
    },
    integer: (limit) => Math.floor(uniforms(1)[0]! * limit),
    permutation(length) {
      const order = Uint32Array.from({ length }, (_, i) => i)
      const draw = words(state, length)
      for (let i = length - 1; i > 0; i--) {
        const j = Math.floor((draw[i]! / 2 ** 32) * (i + 1))
        ;[order[i], order[j]] = [order[j]!, order[i]!]
      }
      return order
    },
  }
}

/** The source that belongs to a seed. */
export const createRandom = (seed: number | string): Random =>
  source(
    createHash('sha256')
      .update(`cupel:${typeof seed}:${seed}`)
      .digest(),
  )
