/** A small seeded generator (mulberry32) with the draws that mutations need. */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** A number from 0 up to 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let t = this.#state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }

  /** A whole number from 0 up to `end`, without it; 0 if there is none. */
  below = (end: number): number => Math.floor(this.next() * end)

  chance = (probability: number): boolean => this.next() < probability

  pick = <T>(list: readonly T[]): T => list[this.below(list.length)]!

  bytes = (length: number): Buffer => Buffer.from(Array.from({ length }, () => this.below(256)))
}
