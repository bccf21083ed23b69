import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { pull } from '../src/weights/index.js'
import { Part } from '../src/weights/part.js'
import { bytes, emptyCache, published, quick, refusal, sendFile, serve, sha256, unpublished } from './weights-server.js'

const content = bytes(200_000)
const half = 90_000

const file = (folder: string): Buffer => readFileSync(join(folder, 'net.pth'))

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
        `by hand: open ${server.url}/?via=drive.google.com in a browser; then: npx --package @cupel/runner cupel weights add PATH --as net.pth`,
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
