import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { pull } from '../src/weights/index.js'
import { Part } from '../src/weights/part.js'
import { bytes, emptyCache, published, quick, refusal, sendFile, serve, unpublished } from './weights-server.js'

const content = bytes(200_000)
const half = 90_000

const file = (folder: string): Buffer => readFileSync(join(folder, 'net.pth'))

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

  test('of which all had come is asked for nothing more', async () => {
    const folder = emptyCache()
    const server = await serve((_, response) => response.writeHead(500).end())
    mkdirSync(folder)
    // As a process leaves it that is killed before it names the file.
    const part = new Part(join(folder, 'net.pth'))
    part.begin({ url: server.url, validator: '"one"', total: content.length })
    writeFileSync(part.path, content)
    expect(await pull(published(content, server.url), quick)).toMatchObject({ state: 'present', downloaded: 0 })
    expect(server.seen).toHaveLength(0)
    expect(readdirSync(folder).sort()).toEqual(['net.pth', 'net.pth.sha256.json'])
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

  test('starts over where its length tells, before anything more is fetched', async () => {
    emptyCache()
    const { bytes: _, ...weights } = published(content, [])
    const server = await serve((request, response, seen, n) =>
      sendFile(request, response, seen, n === 0 ? bytes(150_000, 2) : content, {
        headers: {},
        ...(n === 0 && { cut: half }),
      }),
    )
    const pulled = await pull({ ...weights, url: server.url }, { ...quick, tries: 3 })
    expect(server.seen.map(({ range }) => range)).toEqual([undefined, 'bytes=90000-', undefined])
    expect(pulled.downloaded).toBe(half + content.length)
  })

  test('starts over where the server sends another part than was asked for', async () => {
    const folder = emptyCache()
    const server = await serve((request, response, seen, n) => {
      if (n !== 1) return sendFile(request, response, seen, content, n === 0 ? { cut: half } : {})
      return response
        .writeHead(206, { etag: '"one"', 'content-range': 'bytes 0-199999/200000', 'content-length': 200_000 })
        .end(content)
    })
    await pull(unpublished(server.url), { ...quick, tries: 3 })
    expect(server.seen).toHaveLength(3)
    expect(file(folder).equals(content)).toBe(true)
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
