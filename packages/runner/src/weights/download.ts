import { open } from 'node:fs/promises'
import type { Weights } from '@cupel/core'
import { type Dispatcher, request } from 'undici'
import type { Origin, Part } from './part.js'
import { needRoom, writing } from './place.js'
import { htmlInstead } from './verify.js'

/** This address will not give the file, however often it is asked. */
export class Refused extends Error {}

/** The server asks for patience: it says how many milliseconds. */
export class Busy extends Error {
  constructor(
    message: string,
    readonly wait: number,
  ) {
    super(message)
  }
}

/** How a download is done. */
export interface Connection {
  readonly dispatcher: Dispatcher
  /** Milliseconds without a byte after which the connection counts as dead. */
  readonly stall: number
  readonly signal: AbortSignal
  /** Called as bytes come. @param total of the whole file, where it is known */
  progress(have: number, total: number | undefined): void
}

type Response = Dispatcher.ResponseData
type Headers = Response['headers']

const text = (headers: Headers, name: string): string | undefined => [headers[name]].flat()[0]

/** What the server compares in If-Range: an ETag (not a weak one, which it may not compare), else the time of the last change. */
function validatorOf(headers: Headers): string | undefined {
  const etag = text(headers, 'etag')
  return etag && !etag.startsWith('W/') ? etag : text(headers, 'last-modified')
}

/** The first byte and the length of the whole file in `bytes 100-199/200`. */
function contentRange(headers: Headers): { from?: number; total?: number } {
  const [, from, total] = /^bytes (\d+)-\d+\/(\d+)$/.exec(text(headers, 'content-range') ?? '') ?? []
  return from && total ? { from: Number(from), total: Number(total) } : {}
}

/** Milliseconds that Retry-After asks for, a minute at most: seconds or a date. */
function retryAfter(headers: Headers): number {
  const said = text(headers, 'retry-after') ?? '0'
  const wait = /^\d+$/.test(said) ? Number(said) * 1000 : Date.parse(said) - Date.now()
  return Math.min(Math.max(wait || 0, 0), 60_000)
}

/** Whether the bytes that have come may be followed by this address's: the same file there, or a hash will tell at the end. */
const canFollow = (origin: Origin | undefined, url: string, weights: Weights): origin is Origin =>
  origin !== undefined && ((origin.url === url && origin.validator !== undefined) || weights.sha256 !== undefined)

/** Turns an answer that brings no bytes into an error. */
function refuse({ statusCode, headers }: Response): Error {
  if ([408, 425, 429, 500, 502, 503, 504].includes(statusCode)) {
    return new Busy(`the server answered ${statusCode}`, retryAfter(headers))
  }
  if (statusCode === 401 || statusCode === 403) {
    return new Refused(`the server answered ${statusCode}: it does not give the file to everyone`)
  }
  if (statusCode >= 300 && statusCode < 400) return new Refused('redirected too often')
  return new Refused(`the server answered ${statusCode}`)
}

/** Looks at an answer that brings bytes before any is written. @returns the length of the whole file, where it is known */
function inspect({ statusCode, headers }: Response, weights: Weights): number | undefined {
  if (/\btext\/html\b/.test(text(headers, 'content-type') ?? '')) throw new Refused(htmlInstead(weights))
  const encoding = text(headers, 'content-encoding') ?? 'identity'
  if (encoding !== 'identity') throw new Refused(`the server sends the file compressed (${encoding})`)
  const length = text(headers, 'content-length')
  const total = statusCode === 206 ? contentRange(headers).total : length === undefined ? undefined : Number(length)
  if (total !== undefined && weights.bytes !== undefined && total !== weights.bytes) {
    throw new Refused(`the server has ${total} bytes and ${weights.file} has ${weights.bytes}: it is another file`)
  }
  const whole = total ?? weights.bytes
  // Without a length or chunks a file ends where the connection does, whole or not.
  if (whole === undefined && !headers['transfer-encoding'] && !weights.sha256) {
    throw new Refused('the server does not say how long the file is, so nobody can tell whether it is whole')
  }
  return whole
}

/**
 * One try at a file: asks for what is missing of it and appends that to its part; starts over where the server has another file
 * now, or knows no ranges. Redirects are the dispatcher's.
 *
 * @returns whether bytes of an earlier try are in the part, which is then complete, unverified
 * @throws {Refused} where trying again is no use, {CupelError} where the file cannot be written, any other error else
 */
export async function download(url: string, weights: Weights, part: Part, connection: Connection): Promise<boolean> {
  if (!/^https?:$/.test(URL.canParse(url) ? new URL(url).protocol : '')) {
    throw new Refused('not an address that begins with http:// or https://')
  }
  const { origin, size: had } = part
  const from = canFollow(origin, url, weights) ? had : 0
  if (from > 0 && from === origin!.total) return true
  const validator = origin?.url === url ? origin.validator : undefined
  const response = await request(url, {
    dispatcher: connection.dispatcher,
    signal: connection.signal,
    headersTimeout: connection.stall,
    bodyTimeout: connection.stall,
    headers: {
      'user-agent': 'cupel',
      'accept-encoding': 'identity',
      ...(from > 0 && { range: `bytes=${from}-`, ...(validator && { 'if-range': validator }) }),
    },
  })
  const { statusCode, headers, body } = response
  try {
    const found = validatorOf(headers)
    const follows = from > 0 && statusCode === 206
    if (statusCode === 416 || (statusCode === 206 && !follows)) {
      part.discard()
      throw new Error('the server has no such part of the file')
    }
    if (statusCode !== 200 && statusCode !== 206) throw refuse(response)
    const total = inspect(response, weights)
    if (follows) {
      const another = origin!.total !== undefined && origin!.total !== total
      if (another || contentRange(headers).from !== from || (validator && found && found !== validator)) {
        part.discard()
        throw new Error('the file on the server is another one than before')
      }
    } else {
      await writing(part.path, () =>
        part.begin({ url, ...(found && { validator: found }), ...(total !== undefined && { total }) }),
      )
    }
    const start = follows ? from : 0
    if (total !== undefined) await needRoom(part.path, total - start)
    await append(body, part, start, total, connection)
    return follows
  } finally {
    // Ends the connection of an answer that was not read to its end.
    body.on('error', () => {}).destroy()
  }
}

async function append(
  body: AsyncIterable<Buffer>,
  part: Part,
  start: number,
  total: number | undefined,
  { progress }: Connection,
): Promise<void> {
  const file = await writing(part.path, () => open(part.path, 'a'))
  let have = start
  try {
    progress(have, total)
    for await (const chunk of body) {
      await writing(part.path, () => file.writeFile(chunk))
      have += chunk.length
      progress(have, total)
    }
    if (total !== undefined && have < total) throw new Error(`the connection ended after ${have} of ${total} bytes`)
    // What is given its name must survive a power cut.
    await writing(part.path, () => file.sync())
  } finally {
    await file.close()
  }
}
