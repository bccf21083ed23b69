import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CupelError } from '@cupel/core'
import { describe, expect, test, vi } from 'vitest'
import { type PullOptions, pull } from '../src/weights/index.js'
import { Part } from '../src/weights/part.js'
import { bytes, emptyCache, published, sendFile, serve, sha256, unpublished } from './weights-server.js'

const content = bytes(200_000)
const half = 90_000
/** Patience of a test. */
const quick: PullOptions = { stall: 300, tries: 2, pause: 5 }

const file = (folder: string): Buffer => readFileSync(join(folder, 'net.pth'))

/** The message of the CupelError that a pull ends with, of which nothing may be left under the file's name. */
async function refusal(weights: Parameters<typeof pull>[0], options = quick): Promise<string> {
  const error = await pull(weights, options).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(CupelError)
  return (error as CupelError).message
}

describe('a file that comes', () => {
  test('is verified, named, and leaves nothing else but its note', async () => {
    const folder = emptyCache()
    const server = await serve((request, response, seen) => sendFile(request, response, seen, content))
    const shown: [number, number | undefined][] = []
    const pulled = await pull(published(content, `${server.url}/net.pth`), {
      ...quick,
      progress: (have, total) => shown.push([have, total]),
    })
    expect(pulled).toEqual({ state: 'present', sha256: sha256(content), downloaded: content.length })
    expect(file(folder).equals(content)).toBe(true)
    expect(readdirSync(folder).sort()).toEqual(['net.pth', 'net.pth.sha256.json'])
    expect(shown[0]).toEqual([0, content.length])
    expect(shown.at(-1)).toEqual([content.length, content.length])
  })

  test('is left alone when it is there and right, and replaced when it is there and wrong', async () => {
    const folder = emptyCache()
    const server = await serve((request, response, seen) => sendFile(request, response, seen, content))
    const weights = published(content, server.url)
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'net.pth'), content)
    expect((await pull(weights, quick)).downloaded).toBe(0)
    expect(server.seen).toHaveLength(0)
    const damaged = Buffer.from(content)
    damaged[123] = damaged[123]! ^ 1
    writeFileSync(join(folder, 'net.pth'), damaged)
    const said: string[] = []
    expect((await pull(weights, { ...quick, say: (line) => said.push(line) })).downloaded).toBe(content.length)
    expect(said[0]).toContain(`expected ${sha256(content)}; it is replaced`)
    expect(file(folder).equals(content)).toBe(true)
  })

  test('may come by redirects, without a length, and in an unknown number of bytes', async () => {
    const folder = emptyCache()
    const server = await serve((request, response, seen) => {
      if (request.url === '/net.pth') return response.writeHead(302, { location: '/moved' }).end()
      if (request.url === '/moved') return response.writeHead(307, { location: `${server.url}/there` }).end()
      return sendFile(request, response, seen, content, { length: false })
    })
    const pulled = await pull(unpublished(`${server.url}/net.pth`), quick)
    expect(pulled).toMatchObject({ state: 'unverified', sha256: sha256(content) })
    expect(server.seen.map(({ url }) => url)).toEqual(['/net.pth', '/moved', '/there'])
    expect(file(folder).equals(content)).toBe(true)
  })
})

describe('a connection that breaks', () => {
  test('is taken up where it broke: no byte is fetched twice', async () => {
    const folder = emptyCache()
    const server = await serve((request, response, seen, n) =>
      sendFile(request, response, seen, content, n < 2 ? { cut: half - n * 30_000 } : {}),
    )
    const pulled = await pull(published(content, server.url), quick)
    expect(pulled.downloaded).toBe(content.length)
    expect(server.seen.map(({ status, range, ifRange }) => [status, range, ifRange])).toEqual([
      [200, undefined, undefined],
      [206, 'bytes=90000-', '"one"'],
      [206, 'bytes=150000-', '"one"'],
    ])
    expect(server.sent()).toBe(content.length)
    expect(file(folder).equals(content)).toBe(true)
  })

  test('is taken up by the next command, also of a file without a published hash', async () => {
    const folder = emptyCache()
    const headers = { 'last-modified': 'Wed, 01 Jan 2020 00:00:00 GMT' }
    const server = await serve((request, response, seen, n) =>
      n === 1
        ? response.writeHead(404).end()
        : sendFile(request, response, seen, content, { headers, ...(n === 0 && { cut: half }) }),
    )
    const weights = unpublished(server.url)
    expect(await refusal(weights)).toContain('the 90000 bytes that came are kept: the same command goes on from there')
    expect(existsSync(join(folder, 'net.pth'))).toBe(false)
    expect((await pull(weights, quick)).downloaded).toBe(content.length - half)
    expect(server.seen[2]).toMatchObject({ status: 206, range: 'bytes=90000-', ifRange: headers['last-modified'] })
    expect(server.sent()).toBe(content.length)
    expect(file(folder).equals(content)).toBe(true)
  })

  test('is given up when tries in a row bring nothing, but not while bytes come', async () => {
    emptyCache()
    const server = await serve((request, response, seen, n) =>
      n < 6 ? sendFile(request, response, seen, content, { cut: 10_000 }) : request.socket.destroy(),
    )
    const said: string[] = []
    const message = await refusal(published(content, server.url), { ...quick, say: (line) => said.push(line) })
    expect(message).toMatch(/the connection broke \(2 tries\)\n.*the 60000 bytes/)
    expect(server.seen).toHaveLength(8)
    expect(said.filter((line) => line.includes('trying again in'))).toHaveLength(7)
  })

  test('that falls silent counts as broken', async () => {
    const folder = emptyCache()
    const server = await serve((request, response, seen, n) => {
      if (n === 0) return sendFile(request, response, seen, content, { cut: half, stall: true })
      if (n === 1) return
      return sendFile(request, response, seen, content)
    })
    const said: string[] = []
    await pull(published(content, server.url), { ...quick, say: (line) => said.push(line), tries: 3 })
    expect(said.map((line) => line.split('; ')[0])).toEqual([
      'net.pth: the server stopped sending',
      'net.pth: the server does not answer',
    ])
    expect(server.sent()).toBe(content.length)
    expect(file(folder).equals(content)).toBe(true)
  })

  test('is waited for as long as the server asks', async () => {
    emptyCache()
    const times: number[] = []
    const server = await serve((request, response, seen, n) => {
      times.push(performance.now())
      if (n === 0) return response.writeHead(503, { 'retry-after': '1' }).end('later')
      return sendFile(request, response, seen, content)
    })
    const said: string[] = []
    await pull(published(content, server.url), { ...quick, say: (line) => said.push(line) })
    expect(said).toEqual(['net.pth: the server answered 503; trying again in 1.0 s'])
    expect(times[1]! - times[0]!).toBeGreaterThan(900)
  })
})

describe('a file that changes between tries', () => {
  const other = bytes(200_000, 2)

  test.for([
    ['as If-Range tells the server', { etag: '"two"' }, true],
    ['on a server without ranges', { etag: '"one"' }, false],
  ] as const)('starts over, %s', async ([, headers, ranges]) => {
    const folder = emptyCache()
    const server = await serve((request, response, seen, n) =>
      n === 0
        ? sendFile(request, response, seen, other, { cut: half })
        : sendFile(request, response, seen, content, { headers, ranges }),
    )
    await pull(unpublished(server.url), quick)
    expect(server.seen.map(({ status }) => status)).toEqual([200, 200])
    expect(file(folder).equals(content)).toBe(true)
  })

  test('starts over where the server does not know If-Range but names another version', async () => {
    const folder = emptyCache()
    const server = await serve((request, response, seen, n) => {
      if (n === 0) return sendFile(request, response, seen, other, { cut: half })
      return sendFile(request, response, { ...seen, ifRange: undefined }, content, { headers: { etag: '"two"' } })
    })
    await pull(unpublished(server.url), quick)
    expect(server.seen.map(({ range }) => range)).toEqual([undefined, 'bytes=90000-', undefined])
    expect(file(folder).equals(content)).toBe(true)
  })

  test('starts over where only the hash tells', async () => {
    const folder = emptyCache()
    const server = await serve((request, response, seen, n) =>
      sendFile(request, response, seen, n === 0 ? other : content, { headers: {}, ...(n === 0 && { cut: half }) }),
    )
    await pull(published(content, server.url), { ...quick, tries: 3 })
    expect(server.seen.map(({ range, ifRange }) => [range, ifRange])).toEqual([
      [undefined, undefined],
      ['bytes=90000-', undefined],
      [undefined, undefined],
    ])
    expect(file(folder).equals(content)).toBe(true)
  })

  test('starts over where it is shorter than what has come', async () => {
    const folder = emptyCache()
    const small = content.subarray(0, 1000)
    const server = await serve((request, response, seen, n) =>
      n === 0
        ? sendFile(request, response, seen, other, { cut: half })
        : sendFile(request, response, { ...seen, ifRange: undefined }, small),
    )
    await pull(unpublished(server.url), quick)
    expect(file(folder).equals(small)).toBe(true)
  })

  test('starts over without a published hash or anything of the server to compare', async () => {
    const folder = emptyCache()
    const server = await serve((request, response, seen, n) =>
      sendFile(request, response, seen, n === 0 ? other : content, { headers: {}, ...(n === 0 && { cut: half }) }),
    )
    await pull(unpublished(server.url), quick)
    expect(server.seen.map(({ range }) => range)).toEqual([undefined, undefined])
    expect(file(folder).equals(content)).toBe(true)
  })
})

describe('a server that gives something else', () => {
  test('HTML is recognised and said, by its type or by its first bytes', async () => {
    const folder = emptyCache()
    const page = Buffer.from('\n<!DOCTYPE html><html><title>Google Drive - Virus scan warning</title></html>')
    for (const type of ['text/html; charset=utf-8', 'application/octet-stream']) {
      const server = await serve((request, response, seen) =>
        sendFile(request, response, seen, page, { headers: { 'content-type': type } }),
      )
      const message = await refusal(unpublished(`${server.url}/?via=drive.google.com`))
      expect(message).toContain(
        'is an HTML page and not net.pth: what Google Drive shows before it gives out a large file',
      )
      expect(message).toContain(
        `by hand: open ${server.url}/?via=drive.google.com in a browser; then: cupel weights add PATH --as net.pth`,
      )
      expect(server.seen).toHaveLength(1)
    }
    expect(readdirSync(folder)).toEqual([])
  })

  test('an HTML page in the middle does not cost what has come', async () => {
    const folder = emptyCache()
    const server = await serve((request, response, seen, n) => {
      if (n === 1) return response.writeHead(200, { 'content-type': 'text/html' }).end('<html>quota exceeded</html>')
      return sendFile(request, response, seen, content, n === 0 ? { cut: half } : {})
    })
    expect(await refusal(published(content, server.url))).toContain('the 90000 bytes that came are kept')
    await pull(published(content, server.url), quick)
    expect(server.sent()).toBe(content.length)
    expect(file(folder).equals(content)).toBe(true)
  })

  test.for([
    [
      'a corrupted file',
      'published',
      () => Buffer.concat([content.subarray(0, -1), Buffer.from('x')]),
      'is not net.pth as published: its sha256 is',
    ],
    [
      'a file of another size',
      'published',
      () => content.subarray(1),
      'the server has 199999 bytes and net.pth has 200000',
    ],
    ['an empty file', 'unpublished', () => Buffer.alloc(0), 'is empty, expected net.pth'],
  ] as const)('%s is refused at once and not kept', async ([, kind, served, expected]) => {
    const folder = emptyCache()
    const server = await serve((request, response, seen) => sendFile(request, response, seen, served()))
    const weights = kind === 'published' ? published(content, server.url) : unpublished(server.url)
    expect(await refusal(weights)).toContain(expected)
    expect(server.seen).toHaveLength(1)
    expect(readdirSync(folder).filter((name) => !name.endsWith('.json'))).toEqual([])
  })

  test.for([
    [404, 'the server answered 404'],
    [403, 'the server answered 403: it does not give the file to everyone'],
  ] as const)('status %i is not tried again', async ([status, expected]) => {
    emptyCache()
    const server = await serve((_, response) => response.writeHead(status).end('no'))
    expect(await refusal(unpublished(server.url))).toContain(`${server.url}: ${expected}`)
    expect(server.seen).toHaveLength(1)
  })

  test('redirects without end end', async () => {
    emptyCache()
    const circle = await serve((request, response) =>
      response.writeHead(302, { location: request.url === '/a' ? '/b' : '/a' }).end(),
    )
    expect(await refusal(unpublished(`${circle.url}/a`))).toContain('redirected in a circle')
    const onwards = await serve((_request, response, _seen, n) => response.writeHead(302, { location: `/${n}` }).end())
    expect(await refusal(unpublished(`${onwards.url}/a`))).toContain('redirected too often')
    expect(onwards.seen).toHaveLength(11)
  })

  test('a compressed file and one of unknown end are refused', async () => {
    emptyCache()
    const zipped = await serve((request, response, seen) =>
      sendFile(request, response, seen, content, { headers: { 'content-encoding': 'gzip' } }),
    )
    expect(await refusal(unpublished(zipped.url))).toContain('the server sends the file compressed (gzip)')
    const endless = await serve((_, response) => {
      response.useChunkedEncodingByDefault = false
      response.removeHeader('transfer-encoding')
      response.writeHead(200, { connection: 'close' })
      response.end(content)
    })
    expect(await refusal(unpublished(endless.url))).toContain('does not say how long the file is')
  })

  test('an address that is none, and a host that refuses', async () => {
    emptyCache()
    expect(await refusal(unpublished('ftp://example.org/net.pth'))).toContain('not an address that begins with http')
    expect(await refusal(unpublished('http://127.0.0.1:1/net.pth'))).toContain(
      'the server refuses connections (2 tries)',
    )
  })
})

describe('a disk that does not take it', () => {
  test('one without room for what is offered', async () => {
    emptyCache()
    const huge = await serve((_, response) => response.writeHead(200, { 'content-length': 1e15 }).flushHeaders())
    expect(await refusal(unpublished(huge.url))).toMatch(
      / left and 1,000 TB are needed; make room there, or set CUPEL_CACHE/,
    )
  })

  test.runIf(existsSync('/dev/full'))('a full one, as writing finds out', async () => {
    const folder = emptyCache()
    mkdirSync(folder)
    const server = await serve((request, response, seen) => sendFile(request, response, seen, content))
    const weights = { ...published(content, server.url), file: 'full.pth' }
    // What is opened to be written is a full disk.
    symlinkSync('/dev/full', join(folder, 'full.pth.part'))
    const begin = vi.spyOn(Part.prototype, 'begin').mockImplementation(() => {})
    expect(await refusal(weights)).toMatch(/is full \(ENOSPC\); make room there, or set CUPEL_CACHE to another folder/)
    begin.mockRestore()
    expect(server.seen).toHaveLength(1)
    expect(existsSync(join(folder, 'full.pth'))).toBe(false)
  })

  test('a folder that cannot be made', async () => {
    const folder = emptyCache()
    writeFileSync(folder, 'a file where the folder should be')
    const server = await serve((request, response, seen) => sendFile(request, response, seen, content))
    expect(await refusal(unpublished(server.url))).toMatch(
      /cannot be written: .*; give yourself the right to write there, or set CUPEL_CACHE/,
    )
    expect(server.seen).toHaveLength(0)
  })
})
