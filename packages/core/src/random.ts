import { createHash } from 'node:crypto'
import { boxMuller } from './box-muller.js'

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

/** The high word of the 64-bit product of two 32-bit words, from products of their halves. */
function high(a: number, b: number): number {
  const middle = Math.imul(a & 0xffff, b >>> 16)
  const other = Math.imul(a >>> 16, b & 0xffff)
  const carry = (Math.imul(a & 0xffff, b & 0xffff) >>> 16) + (middle & 0xffff) + (other & 0xffff)
  return (Math.imul(a >>> 16, b >>> 16) + (middle >>> 16) + (other >>> 16) + (carry >>> 16)) | 0
}

/** Writes the four words of {@link philox}, of the counter a, b, c, d and the key p, q, to `out` from `at` on. */
function mix(out: Uint32Array, at: number, a: number, b: number, c: number, d: number, p: number, q: number): void {
  for (let round = 0; round < 10; round++) {
    const first = high(0xcd9e8d57, c) ^ b ^ p
    const third = high(0xd2511f53, a) ^ d ^ q
    b = Math.imul(0xcd9e8d57, c)
    d = Math.imul(0xd2511f53, a)
    a = first
    c = third
    p = (p + 0x9e3779b9) | 0
    q = (q + 0xbb67ae85) | 0
  }
  out[at] = a
  out[at + 1] = b
  out[at + 2] = c
  out[at + 3] = d
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
  const out = new Uint32Array(4)
  const [a, b, c, d] = counter as [number, number, number, number]
  mix(out, 0, a, b, c, d, ...(key as [number, number]))
  return [out[0]!, out[1]!, out[2]!, out[3]!]
}

/**
 * Fills `out`, a whole number of blocks of four, with the 32-bit words of the source named by `state` from a block on: Philox keyed
 * by its first 64 bits, counting from its next 64.
 */
function fill(out: Uint32Array, state: Buffer, first: number): Uint32Array {
  const p = state.readInt32LE(0)
  const q = state.readInt32LE(4)
  const c = state.readInt32LE(8)
  const d = state.readInt32LE(12)
  for (let at = 0; at < out.length; at += 4) mix(out, at, first + at / 4, 0, c, d, p, q)
  return out
}

const wholeBlocks = (length: number): number => 4 * Math.ceil(length / 4)

/** The first `length` words. */
const words = (state: Buffer, length: number): Uint32Array =>
  fill(new Uint32Array(wholeBlocks(length)), state, 0).subarray(0, length)

/** Words drawn at once for normals: few enough to stay in the fastest memory. */
const BATCH = 1024

function source(state: Buffer): Random {
  function uniforms(length: number): Float64Array {
    const bits = words(state, length)
    const out = new Float64Array(length)
    for (let i = 0; i < length; i++) out[i] = bits[i]! / 2 ** 32
    return out
  }
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
      const out = new Float32Array(2 * Math.ceil(length / 2))
      const bits = new Uint32Array(Math.min(BATCH, wholeBlocks(length)))
      for (let start = 0; start < out.length; start += BATCH) {
        fill(bits, state, start / 4)
        const end = Math.min(BATCH, out.length - start)
        for (let i = 0; i < end; i += 2) boxMuller(bits[i]!, bits[i + 1]!, out, start + i)
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
