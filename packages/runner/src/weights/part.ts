import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'

/** Where the bytes of a part came from, so that the rest is only asked of the same file. */
export interface Origin {
  readonly url: string
  /** A strong ETag or a Last-Modified: what If-Range compares. */
  readonly validator?: string
  /** Bytes of the whole file, where the server said. */
  readonly total?: number
}

/** What has come of a file so far. It lies beside the file's place, `.part` after its name, and outlives the process. */
export class Part {
  readonly path: string
  readonly #note: string

  /** @param place where the whole file will be */
  constructor(place: string) {
    this.path = `${place}.part`
    this.#note = `${place}.part.json`
  }

  /** Bytes that have come. */
  get size(): number {
    return existsSync(this.path) ? statSync(this.path).size : 0
  }

  get origin(): Origin | undefined {
    try {
      return JSON.parse(readFileSync(this.#note, 'utf8'))
    } catch {
      // Without a note of where it came from, a part is worth nothing.
      return undefined
    }
  }

  /** Forgets what has come, and notes where the bytes that follow come from. */
  begin(origin: Origin): void {
    this.discard()
    writeFileSync(this.#note, JSON.stringify(origin))
  }

  /** Forgets what has come. */
  discard(): void {
    // In this order: a note without bytes does no harm, bytes with another file's note would.
    rmSync(this.path, { force: true })
    rmSync(this.#note, { force: true })
  }

  /** Forgets where the bytes came from, when they have become the file. */
  finish(): void {
    rmSync(this.#note, { force: true })
  }
}
