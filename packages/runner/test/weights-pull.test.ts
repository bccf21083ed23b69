import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { getByHand } from '@cupel/core'
import { describe, expect, test, vi } from 'vitest'
import { hashesOf, problemOf, pull, standing } from '../src/weights/index.js'
import { bytes, emptyCache, published, quick, sendFile, serve, sha256, unpublished } from './weights-server.js'

const content = bytes(200_000)
const other = bytes(200_000, 2)

describe('mirrors', () => {
  test('are tried in order, and each reason is said when none gives the file', async () => {
    const folder = emptyCache()
    const absent = await serve((_, response) => response.writeHead(404).end())
    const corrupt = await serve((request, response, seen) => sendFile(request, response, seen, other))
    const good = await serve((request, response, seen) => sendFile(request, response, seen, content))
    const said: string[] = []
    const say = (line: string): number => said.push(line)
    await expect(pull(published(content, [absent.url, corrupt.url]), quick)).rejects.toThrow(
      `net.pth could not be downloaded\n  ${absent.url}: the server answered 404\n  ${corrupt.url}: what came is not net.pth as published: its sha256 is ${sha256(other)}, expected ${sha256(content)}\n  by hand: open ${absent.url} in a browser; then: npx --package @cupel/runner cupel weights add PATH --as net.pth`,
    )
    await pull(published(content, [absent.url, corrupt.url, good.url]), { ...quick, say })
    expect(said.map((line) => line.split('; trying ')[1])).toEqual([corrupt.url, good.url])
    expect(readFileSync(join(folder, 'net.pth')).equals(content)).toBe(true)
  })

  test.for([
    ['go on from each other where a hash will tell', published(content, []), content.length],
    ['start over where none will', unpublished([]), content.length + 90_000],
  ] as const)('%s', async ([, declared, expected]) => {
    const folder = emptyCache()
    const first = await serve((request, response, seen, n) =>
      n === 0 ? sendFile(request, response, seen, content, { cut: 90_000 }) : response.writeHead(410).end(),
    )
    const second = await serve((request, response, seen) =>
      sendFile(request, response, seen, content, { headers: { etag: '"here"' } }),
    )
    await pull({ ...declared, url: [first.url, second.url] }, quick)
    expect(first.sent() + second.sent()).toBe(expected)
    expect(readFileSync(join(folder, 'net.pth')).equals(content)).toBe(true)
  })
})

describe('proxies of the environment', () => {
  test('are used, and not for the hosts of NO_PROXY', async () => {
    emptyCache()
    const proxy = await serve((request, response, seen) => sendFile(request, response, seen, content))
    vi.stubEnv('HTTP_PROXY', proxy.url)
    vi.stubEnv('HTTPS_PROXY', proxy.url)
    vi.stubEnv('NO_PROXY', '127.0.0.1')
    await pull(published(content, 'http://weights.invalid/net.pth'), quick)
    expect(proxy.seen.map(({ url }) => url)).toEqual(['http://weights.invalid/net.pth'])
    await expect(pull(unpublished('https://weights.invalid/n', 'tunnelled.pth'), quick)).rejects.toThrow(/403/)
    expect(proxy.connects[0]).toBe('weights.invalid:443')
    const direct = await serve((request, response, seen) => sendFile(request, response, seen, content))
    await pull(published(content, `${direct.url}/direct.pth`, 'direct.pth'), quick)
    expect(direct.seen.map(({ url }) => url)).toEqual(['/direct.pth'])
  })
})

describe('a file whose hash nobody publishes', () => {
  test('is what it was when first used: later ones are compared with it, wherever they come from', async () => {
    const folder = emptyCache()
    const place = join(folder, 'net.pth')
    let served = content
    const server = await serve((request, response, seen) => sendFile(request, response, seen, served, { headers: {} }))
    const weights = unpublished(server.url)
    expect(await standing(weights)).toEqual({ state: 'missing' })
    expect(await problemOf('linear', weights)).toContain(
      'get it with: npx --package @cupel/runner cupel weights pull net.pth',
    )
    await pull(weights, quick)
    expect(await standing(weights)).toEqual({ state: 'unverified', sha256: sha256(content) })
    expect(await hashesOf({ net: weights })).toEqual({ net: sha256(content) })
    expect(await problemOf('linear', weights)).toBeUndefined()

    served = other
    rmSync(place)
    await expect(pull(weights, quick)).rejects.toThrow('what came is not the net.pth that was first used here')
    writeFileSync(place, other)
    expect((await standing(weights)).state).toBe('wrong')
    expect(await problemOf('linear', weights)).toMatch(
      /^linear: .*net\.pth is not the net\.pth that was first used here: .* to accept the new one, remove .*net\.pth\.sha256\.json/,
    )
    rmSync(`${place}.sha256.json`)
    expect(await standing(weights)).toEqual({ state: 'unverified', sha256: sha256(other) })
  })

  test('a hash that is published later decides', async () => {
    const folder = emptyCache()
    mkdirSync(folder)
    writeFileSync(join(folder, 'net.pth'), other)
    expect((await standing(unpublished([]))).state).toBe('unverified')
    expect((await standing(published(content, []))).problem).toContain(`expected ${sha256(content)}`)
  })
})

describe('what a run is told of a file that is there', () => {
  const place = (folder: string, content: Buffer | string): void => {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'net.pth'), content)
  }
  const problem = (weights = unpublished('https://example.org/net.pth')) => problemOf('linear', weights)

  test('a page, an empty file, a truncated one, a folder', async () => {
    const folder = emptyCache()
    place(folder, '<!doctype html><title>Sign in</title>')
    expect(await problem()).toMatch(/net\.pth is an HTML page and not net\.pth: an error, a login or a confirmation/)
    place(folder, '')
    expect(await problem()).toContain('is empty, expected net.pth')
    place(folder, content.subarray(1))
    const short = 'has 199999 bytes and net.pth has 200000: it was cut short, or is another file'
    expect(await problem(published(content, []))).toContain(short)
    // None of these is what was first used.
    place(folder, content)
    expect(await problem()).toBeUndefined()
    rmSync(join(folder, 'net.pth'))
    mkdirSync(join(folder, 'net.pth'))
    expect(await problem()).toContain('is not a file')
  })

  test.skipIf(process.getuid?.() === 0)('a file that may not be read (not tested as root, who may)', async () => {
    const folder = emptyCache()
    place(folder, content)
    const { chmodSync } = await import('node:fs')
    chmodSync(join(folder, 'net.pth'), 0)
    expect(await problem()).toMatch(/cannot be read: EACCES/)
  })

  test('without reading a file again whose size and time stand', async () => {
    const folder = emptyCache()
    place(folder, content)
    const weights = published(content, [])
    const path = join(folder, 'net.pth')
    const time = new Date(1e12)
    utimesSync(path, time, time)
    expect((await standing(weights)).state).toBe('present')
    writeFileSync(path, other)
    utimesSync(path, time, time)
    expect((await standing(weights)).state).toBe('present')
    utimesSync(path, time, new Date(2e12))
    expect((await standing(weights)).state).toBe('wrong')
  })
})

test('a hash that cannot be kept beside the file is kept in memory', async () => {
  const folder = emptyCache()
  mkdirSync(folder)
  const path = join(folder, 'net.pth')
  writeFileSync(path, content)
  // In the note's place, so that it cannot be written.
  mkdirSync(`${path}.sha256.json`)
  const weights = unpublished([])
  expect(await standing(weights)).toEqual({ state: 'unverified', sha256: sha256(content) })
  writeFileSync(path, other)
  utimesSync(path, 1e9, 1e9)
  expect((await standing(weights)).state).toBe('wrong')
  expect(readdirSync(folder).sort()).toEqual(['net.pth', 'net.pth.sha256.json'])
})

describe('a file without an address', () => {
  test('is told how to come by', async () => {
    emptyCache()
    const weights = {
      file: 'net.pth',
      licence: 'MIT',
      instructions: 'open https://drive.google.com/x and save p1q2.pth',
    }
    await expect(pull(weights, quick)).rejects.toThrow(
      'net.pth has no address to download it from; open https://drive.google.com/x and save p1q2.pth; then: npx --package @cupel/runner cupel weights add PATH --as net.pth',
    )
    expect(await problemOf('linear', weights)).toContain(getByHand(weights))
  })
})

describe('two that want one file', () => {
  test('one fetches it, the other waits and finds it', async () => {
    const folder = emptyCache()
    const server = await serve(async (request, response, seen) => {
      await sleep(150)
      await sendFile(request, response, seen, content)
    })
    const said: string[] = []
    const options = { ...quick, say: (line: string) => said.push(line) }
    const both = await Promise.all([1, 2].map(() => pull(published(content, server.url), options)))
    expect(both.map(({ downloaded }) => downloaded).sort((a, b) => a - b)).toEqual([0, content.length])
    expect(server.seen).toHaveLength(1)
    expect(said).toEqual([`net.pth: another process is bringing it; waiting (its lock is ${folder}/net.pth.lock)`])
    expect(readdirSync(folder).sort()).toEqual(['net.pth', 'net.pth.sha256.json'])
  })

  test('the lock of one that was killed is taken over', async () => {
    const folder = emptyCache()
    mkdirSync(join(folder, 'net.pth.lock'), { recursive: true })
    const before = new Date(Date.now() - 11_000)
    utimesSync(join(folder, 'net.pth.lock'), before, before)
    const server = await serve((request, response, seen) => sendFile(request, response, seen, content))
    await pull(published(content, server.url), quick)
    expect(existsSync(join(folder, 'net.pth.lock'))).toBe(false)
  })
})
