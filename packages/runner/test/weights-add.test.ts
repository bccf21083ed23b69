import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Weights } from '@cupel/core'
import { expect, onTestFinished, test } from 'vitest'
import { add, type Declared } from '../src/weights/index.js'
import { bytes, emptyCache, published, sha256, unpublished } from './weights-server.js'

const content = bytes(5000)
const known = published(content, 'https://example.org/known.pth', 'known.pth')
const unknown: Weights = {
  ...unpublished([], 'unhashed.pth'),
  instructions: 'open https://drive.google.com/x and save it',
}
const files = new Map<string, Declared>([known, unknown].map((weights) => [weights.file, { weights, users: [] }]))

/** A file that a person downloaded. */
function saved(name: string, content: Buffer | string): string {
  const folder = mkdtempSync(join(tmpdir(), 'cupel-saved-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

test('a file is known by its published hash, whatever it is called', async () => {
  const folder = emptyCache()
  const added = await add(saved('p1q2 (1).pth', content), files)
  expect(added).toEqual({
    file: 'known.pth',
    path: join(folder, 'known.pth'),
    sha256: sha256(content),
    state: 'present',
  })
  expect(readFileSync(added.path).equals(content)).toBe(true)
  expect(readdirSync(folder).sort()).toEqual(['known.pth', 'known.pth.sha256.json'])
})

test('else by its name, or the name that is said', async () => {
  emptyCache()
  expect(await add(saved('unhashed.pth', 'one'), files)).toMatchObject({ file: 'unhashed.pth', state: 'unverified' })
  expect(await add(saved('download', 'one'), files, { as: 'unhashed.pth' })).toMatchObject({ file: 'unhashed.pth' })
})

test('an unverified file does not give way to another one', async () => {
  const folder = emptyCache()
  await add(saved('unhashed.pth', 'one'), files)
  await expect(add(saved('unhashed.pth', 'two'), files)).rejects.toThrow(
    /unhashed\.pth is not the unhashed\.pth that was first used here/,
  )
  expect(readFileSync(join(folder, 'unhashed.pth'), 'utf8')).toBe('one')
})

test('a file that is in the weights folder already only has to be known', async () => {
  const folder = emptyCache()
  mkdirSync(folder)
  writeFileSync(join(folder, 'known.pth'), content)
  const { ino } = statSync(join(folder, 'known.pth'))
  expect((await add(join(folder, 'known.pth'), files)).state).toBe('present')
  expect(statSync(join(folder, 'known.pth')).ino).toBe(ino)
})

const wrong = Buffer.from(content)
wrong[0] = wrong[0]! ^ 1

test.for([
  [
    'of the wrong hash',
    'known.pth',
    wrong,
    undefined,
    /is not known\.pth as published: its sha256 is [0-9a-f]{64}, expected [0-9a-f]{64}; open https:\/\/example\.org\/known\.pth in a browser/,
  ],
  [
    'of the wrong size',
    'known.pth',
    content.subarray(9),
    undefined,
    /has 4991 bytes and known\.pth has 5000: it was cut short/,
  ],
  [
    'that is a page',
    'unhashed.pth',
    '\uFEFF<html>\n<head>',
    undefined,
    /is an HTML page and not unhashed\.pth: what Google Drive shows before .*; open https:\/\/drive\.google\.com\/x and save it; then: npx --package @cupel\/runner cupel weights add PATH --as unhashed\.pth/,
  ],
  ['that is empty', 'unhashed.pth', '', undefined, /is empty, expected unhashed\.pth/],
  [
    'that is unknown',
    'else.pth',
    'what',
    undefined,
    /else\.pth is no weights file that an installed plugin declares: .*; if it is one of unhashed\.pth, say which: cupel weights add .*else\.pth --as FILE/,
  ],
  [
    'under a name that is unknown',
    'else.pth',
    'what',
    'knwn.pth',
    /declares a weights file "knwn\.pth"; did you mean "known\.pth"\? declared are: known\.pth, unhashed\.pth/,
  ],
] as const)('a file %s is refused and nothing is written', async ([, name, content, as, message]) => {
  const folder = emptyCache()
  mkdirSync(folder)
  await expect(add(saved(name, content as Buffer), files, { as })).rejects.toThrow(message)
  expect(readdirSync(folder)).toEqual([])
})

test('a path that is not there, and a folder', async () => {
  emptyCache()
  await expect(add('/nowhere/known.pth', files)).rejects.toThrow('/nowhere/known.pth: there is no such file')
  await expect(add(tmpdir(), files)).rejects.toThrow('is not a file; give the weights file itself')
})

test('a weights folder that cannot be written', async () => {
  const folder = emptyCache()
  writeFileSync(folder, 'a file where the folder should be')
  await expect(add(saved('known.pth', content), files)).rejects.toThrow(/cannot be written: .*set CUPEL_CACHE/)
})
