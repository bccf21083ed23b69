import { rename } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { CupelError, getByHand, isCupelError, type Weights, weightsAddresses, weightsPath } from '@cupel/core'
import { type Dispatcher, EnvHttpProxyAgent, interceptors } from 'undici'
import { Busy, type Connection, download, Refused } from './download.js'
import { remember } from './hash.js'
import { Part } from './part.js'
import { holding, writing } from './place.js'
import { type Standing, standing, verify } from './verify.js'

/** How patient a download is, and who is told about it. */
export interface PullOptions {
  /** Milliseconds without a byte after which a connection counts as dead. */
  readonly stall?: number
  /** Tries in a row that bring nothing before an address is given up. */
  readonly tries?: number
  /** Milliseconds before the second of them; each further pause is twice as long, up to a minute. */
  readonly pause?: number
  /** Hears what happens, a line at a time. */
  readonly say?: (line: string) => void
  /** Hears how much has come. */
  readonly progress?: Connection['progress']
}

/** How a file stands after a pull, and the bytes that came for it. */
export interface Pulled extends Standing {
  readonly downloaded: number
}

const LONGEST_PAUSE = 60_000

/** Codes of errors that come again however often one tries: of addresses and of certificates. */
const HOPELESS = /^(UND_ERR_INVALID_ARG|ERR_TLS_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/

/** What a network error means to a person. */
function explain(error: unknown): string {
  const { code, message, errors } = error as NodeJS.ErrnoException & { errors?: Error[] }
  const known: Readonly<Record<string, string>> = {
    ENOTFOUND: 'there is no such host, or no network; behind a proxy set HTTPS_PROXY',
    EAI_AGAIN: 'names cannot be looked up: is there a network? behind a proxy set HTTPS_PROXY',
    ECONNREFUSED: 'the server refuses connections',
    ECONNRESET: 'the connection broke',
    UND_ERR_SOCKET: 'the connection broke',
    UND_ERR_CONNECT_TIMEOUT: 'the server does not answer; behind a proxy set HTTPS_PROXY',
    UND_ERR_HEADERS_TIMEOUT: 'the server does not answer',
    UND_ERR_BODY_TIMEOUT: 'the server stopped sending',
    UND_ERR_INVALID_ARG: 'redirected in a circle, or to something that is no address',
  }
  if (HOPELESS.test(String(code)) && !known[code!]) {
    return `the server's certificate is not accepted (${message}); behind a proxy with one of its own set NODE_EXTRA_CA_CERTS`
  }
  return known[code ?? ''] ?? (message || errors?.[0]?.message || String(code))
}

/** Tries one address until its file is complete and verified. @returns its SHA-256 */
async function fromAddress(
  url: string,
  weights: Weights,
  part: Part,
  connection: Connection,
  { tries = 5, pause = 1000, say = () => {} }: PullOptions,
): Promise<string> {
  let most = part.size
  for (let failures = 0; ; ) {
    try {
      const pieced = await download(url, weights, part, connection)
      const { sha256, problem } = await verify(weights, part.path)
      if (!problem) return sha256!
      part.discard()
      // Bytes of several tries may be of several files; what came in one piece will come so again.
      throw new (pieced ? Error : Refused)(`what came ${problem}`)
    } catch (error) {
      connection.signal.throwIfAborted()
      if (isCupelError(error) || error instanceof Refused) throw error
      if (HOPELESS.test(String((error as NodeJS.ErrnoException).code))) throw new Refused(explain(error))
      failures = part.size > most ? 0 : failures + 1
      most = Math.max(most, part.size)
      if (failures >= tries) throw new Refused(`${explain(error)} (${tries} ${tries === 1 ? 'try' : 'tries'})`)
      const wait = Math.max(
        Math.min(pause * 2 ** Math.max(failures - 1, 0), LONGEST_PAUSE),
        error instanceof Busy ? error.wait : 0,
      )
      say(`${weights.file}: ${explain(error)}; trying again in ${(wait / 1000).toFixed(wait < 10_000 ? 1 : 0)} s`)
      await sleep(wait, undefined, { signal: connection.signal })
    }
  }
}

/** Tries the addresses in their order. @returns the SHA-256 of the file that is then complete in its part */
async function fromAny(weights: Weights, part: Part, connection: Connection, options: PullOptions): Promise<string> {
  const refusals: string[] = []
  const urls = weightsAddresses(weights)
  for (const [i, url] of urls.entries()) {
    try {
      return await fromAddress(url, weights, part, connection, options)
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      refusals.push(`  ${url}: ${error.message}`)
      if (i + 1 < urls.length) options.say?.(`${weights.file}: ${url}: ${error.message}; trying ${urls[i + 1]}`)
    }
  }
  throw new CupelError(
    [
      `${weights.file} could not be downloaded`,
      ...refusals,
      ...(part.size > 0 ? [`  the ${part.size} bytes that came are kept: the same command goes on from there`] : []),
      `  by hand: ${getByHand(weights)}`,
    ].join('\n'),
  )
}

const usable = ({ state }: Standing): boolean => state === 'present' || state === 'unverified'

/**
 * Brings a weights file: from the first of its addresses that gives it, going on where an earlier try was cut off, and given its
 * name only when its hash is right. Proxies are those of the environment (HTTP_PROXY, HTTPS_PROXY, NO_PROXY). A file that is there
 * and right is left alone; of several processes one downloads and the others wait for it.
 *
 * @throws {CupelError} when no address gives it, with the reason of each; when it cannot be written; when it has no address
 */
export async function pull(weights: Weights, options: PullOptions = {}): Promise<Pulled> {
  const before = await standing(weights)
  if (usable(before)) return { ...before, downloaded: 0 }
  if (weightsAddresses(weights).length === 0) {
    throw new CupelError(`${weights.file} has no address to download it from; ${getByHand(weights)}`)
  }
  const path = weightsPath(weights)
  const { say = () => {}, stall = 30_000 } = options
  const wait = (): void => say(`${weights.file}: another process is bringing it; waiting (its lock is ${path}.lock)`)
  return holding(path, wait, async (lost) => {
    const now = await standing(weights)
    if (usable(now)) return { ...now, downloaded: 0 }
    if (now.problem) say(`${now.problem}; it is replaced`)
    const part = new Part(path)
    let [downloaded, last] = [0, part.size]
    const dispatcher: Dispatcher = new EnvHttpProxyAgent({ connect: { timeout: stall }, proxyTunnel: false })
    const connection: Connection = {
      dispatcher: dispatcher.compose(interceptors.redirect({ maxRedirections: 10 })),
      stall,
      signal: lost,
      progress(have, total) {
        downloaded += Math.max(have - last, 0)
        last = have
        options.progress?.(have, total)
      },
    }
    try {
      const sha256 = await fromAny(weights, part, connection, options)
      lost.throwIfAborted()
      await writing(path, () => rename(part.path, path))
      part.finish()
      remember(path, sha256)
      return { state: weights.sha256 ? 'present' : 'unverified', sha256, downloaded }
    } finally {
      await dispatcher.destroy()
    }
  })
}
