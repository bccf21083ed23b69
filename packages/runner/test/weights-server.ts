import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { CupelError, type Weights, weightsFolder } from '@cupel/core'
import { expect, onTestFinished, vi } from 'vitest'
import { type PullOptions, pull } from '../src/weights/pull.js'

/** A request as the server saw it, and the bytes of the body that it sent in answer. */
export interface Seen {
  readonly url: string
  readonly range: string | undefined
  readonly ifRange: string | undefined
  status: number
  sent: number
}

/** Answers the n-th request (from 0). */
export type Answer = (request: IncomingMessage, response: ServerResponse, seen: Seen, n: number) => unknown

export interface TestServer {
  readonly url: string
  readonly seen: readonly Seen[]
  readonly connects: readonly string[]
  /** Bytes of bodies that were sent in all. */
  sent(): number
}

/** A server on this machine for the length of a test; it answers as it is told. */
export async function serve(answer: Answer): Promise<TestServer> {
  const seen: Seen[] = []
  const connects: string[] = []
  const server = createServer((request, response) => {
    const one: Seen = {
      url: request.url!,
      range: request.headers.range,
      ifRange: request.headers['if-range'] as string | undefined,
      status: 0,
      sent: 0,
    }
    seen.push(one)
    answer(request, response, one, seen.length - 1)
  })
  server.on('connect', (request, socket) => {
    connects.push(request.url!)
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { url, seen, connects, sent: () => seen.reduce((sum, one) => sum + one.sent, 0) }
}

/** Waits until so many bytes of net.pth have come; not for ever, so that a test that is wrong fails. */
async function arrived(bytes: number): Promise<void> {
  const part = join(weightsFolder(), 'net.pth.part')
  for (let tries = 0; tries < 500 && !(existsSync(part) && statSync(part).size >= bytes); tries++) await sleep(10)
}

export interface FileOptions {
  readonly headers?: Readonly<Record<string, string>>
  /** Whether it knows ranges. */
  readonly ranges?: boolean
  /** Body bytes after which the connection breaks. */
  readonly cut?: number
  /** Whether it falls silent at `cut` and does not break. */
  readonly stall?: boolean
  /** Whether it says how long the file is. */
  readonly length?: boolean
}

/** Answers as a file server does, with Range and If-Range as RFC 9110 has them. */
export async function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  seen: Seen,
  content: Buffer,
  { headers = { etag: '"one"' }, ranges = true, cut, stall = false, length = true }: FileOptions = {},
): Promise<void> {
  const asked = ranges ? /^bytes=(\d+)-$/.exec(seen.range ?? '')?.[1] : undefined
  const same = seen.ifRange === undefined || seen.ifRange === headers.etag || seen.ifRange === headers['last-modified']
  const from = asked && same ? Number(asked) : 0
  seen.status = from === 0 ? 200 : from < content.length ? 206 : 416
  const body = seen.status === 416 ? Buffer.alloc(0) : content.subarray(from)
  response.writeHead(seen.status, {
    'content-type': 'application/octet-stream',
    ...(length && { 'content-length': body.length }),
    ...(seen.status === 206 && { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` }),
    ...headers,
  })
  const now = body.subarray(0, cut)
  seen.sent += now.length
  if (cut === undefined) return void response.end(now)
  response.write(now)
  if (stall) return
  // What was sent is on the client's disk before the end comes, so that every byte can be counted.
  await arrived(from + now.length)
  request.socket.destroy()
}

/** Bytes that differ with `seed`. */
export const bytes = (length: number, seed = 1): Buffer =>
  Buffer.from(Uint8Array.from({ length }, (_, i) => (i * 7919 + seed * 104729 + (i >> 8) * 31) & 255))

export const sha256 = (content: Buffer): string => createHash('sha256').update(content).digest('hex')

/** A declaration with the hash and size of `content`. */
export const published = (content: Buffer, url: string | readonly string[], file = 'net.pth'): Weights => ({
  file,
  url,
  sha256: sha256(content),
  bytes: content.length,
  licence: 'MIT',
})

/** A declaration of which nothing is known but where it is. */
export const unpublished = (url: string | readonly string[], file = 'net.pth'): Weights => ({
  file,
  url,
  licence: 'MIT',
})

/** An empty cache for the length of a test, without the proxies of whoever runs it. @returns its weights folder */
export function emptyCache(): string {
  const cache = mkdtempSync(join(tmpdir(), 'cupel-weights-'))
  onTestFinished(() => {
    vi.unstubAllEnvs()
    rmSync(cache, { recursive: true, force: true })
  })
  vi.stubEnv('CUPEL_CACHE', cache)
  for (const name of ['http_proxy', 'https_proxy', 'no_proxy']) {
    vi.stubEnv(name, undefined)
    vi.stubEnv(name.toUpperCase(), undefined)
  }
  return join(cache, 'weights')
}

/** The patience of a test. */
export const quick: PullOptions = { stall: 300, tries: 2, pause: 5 }

/** The message of the CupelError that a pull ends with. */
export async function refusal(weights: Weights, options = quick): Promise<string> {
  const error = await pull(weights, options).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(CupelError)
  return (error as CupelError).message
}
