import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeProject, type Project, picture, readRows, timeless } from './support/project.js'

const plugins = ['energy', 'push', 'dim', 'grain'].map((name) => `plugins/${name}.mjs`)
const IMAGES = 4
// Metric calls of an unbroken run, and calls of each plugin: source and attacked image, with none, dim and grain.
const CALLS = { push: IMAGES, dim: 2 * IMAGES, grain: 2 * IMAGES, energy: 6 * IMAGES }

let project: Project
const count = (file: string, who: string): number =>
  existsSync(file)
    ? readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => line.startsWith(`${who} `)).length
    : 0
const lines = (file: string): string[] => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [])
const run = (out: string, env: Record<string, string> = {}, extra: string[] = []) =>
  project.cupel(['run', 'images', '--config', 'run.json', '--out', out, '--concurrency', '2', ...extra], env)

beforeAll(async () => {
  project = makeProject()
  for (let i = 0; i < IMAGES; i++) project.write(`images/${i}.png`, await picture(i))
  project.write('run.json', JSON.stringify({ plugins }))
  const unbroken = await run('unbroken', { COUNT: project.path('unbroken.count') })
  expect(unbroken.stderr).toContain('24 ok, 0 failed')
})
afterAll(() => project.remove())

test('an unbroken run computes every step once', () => {
  for (const [who, calls] of Object.entries(CALLS))
    expect([who, count(project.path('unbroken.count'), who)]).toEqual([who, calls])
})

describe.each([
  ['an attack', { KILL: 'push 1' }],
  ['a purification', { KILL: 'grain 3' }],
  ['a write of the store', { KILL_WRITE: 'assays.jsonl 9' }],
  ['a write of an image', { KILL_WRITE: '.png.unfinished 5' }],
  ['the report', { KILL_WRITE: 'report.html 1' }],
])('killed in the middle of %s', (name, kill) => {
  const out = name.replaceAll(' ', '-')

  test('and run again, it gives the rows of an unbroken run and computes no stored step again', async () => {
    const first = await run(out, {
      COUNT: project.path(`${out}.first`),
      NODE_OPTIONS: `--import=${fileURLToPath(new URL('./support/kill.mjs', import.meta.url))}`,
      ...kill,
    })
    expect(first.signal).toBe('SIGKILL')
    // Workers of a killed run end when they notice; what they were doing is in flight and not stored.
    await new Promise((resolve) => setTimeout(resolve, 300))

    const readings = lines(project.path(out, 'store', 'assays.jsonl')).map((line) => JSON.parse(line))
    const stored = {
      push: lines(project.path(out, 'store', 'attacks.jsonl'))
        .map((line) => JSON.parse(line))
        .filter((one) => one.attack === 'push').length,
      dim: readings.filter((one) => one.defence === 'dim').length,
      grain: readings.filter((one) => one.defence === 'grain').length,
      energy: readings.length,
    }
    const again = await run(out, { COUNT: project.path(`${out}.again`) })
    expect(again.stderr).toContain('24 ok, 0 failed')
    for (const [who, calls] of Object.entries(CALLS)) {
      expect([who, count(project.path(`${out}.again`), who)]).toEqual([who, calls - stored[who as keyof typeof CALLS]])
    }
    const rows = async (folder: string) => timeless(await readRows(project.path(folder, 'rows.csv')))
    expect(await rows(out)).toEqual(await rows('unbroken'))
    expect(existsSync(project.path(out, 'report.html'))).toBe(true)
  })
})

test('a finished run that is run again computes nothing', async () => {
  const again = await run('unbroken', { COUNT: project.path('nothing.count') })
  expect(again.stderr).toContain('executed: 0 attacks, 0 purifications, 0 scores')
  expect(existsSync(project.path('nothing.count'))).toBe(false)
})

test('a defence added to a finished run computes its own column and nothing else', async () => {
  const narrow = await run('column', {}, ['--defences', 'dim'])
  expect(narrow.stderr).toContain('16 ok, 0 failed')
  const wide = await run('column', { COUNT: project.path('column.count') }, ['--defences', 'dim,grain'])
  expect(wide.stderr).toContain(`executed: 0 attacks, ${2 * IMAGES} purifications, ${2 * IMAGES} scores`)
  expect([
    count(project.path('column.count'), 'grain'),
    count(project.path('column.count'), 'dim'),
    count(project.path('column.count'), 'push'),
  ]).toEqual([2 * IMAGES, 0, 0])
})

test('another seed repeats what is random and nothing else', async () => {
  await run('seed', {}, ['--seed', '0'])
  await run('seed', { COUNT: project.path('seed.count') }, ['--seed', '1'])
  expect([
    count(project.path('seed.count'), 'grain'),
    count(project.path('seed.count'), 'dim'),
    count(project.path('seed.count'), 'push'),
  ]).toEqual([2 * IMAGES, 0, 0])
})

test('a plugin that changed is computed again', async () => {
  await run('changed')
  const source = readFileSync(project.path('plugins/dim.mjs'), 'utf8')
  project.write('plugins/dim.mjs', source.replace('0.9 * v', '0.8 * v'))
  await run('changed', { COUNT: project.path('changed.count') })
  project.write('plugins/dim.mjs', source)
  expect([count(project.path('changed.count'), 'dim'), count(project.path('changed.count'), 'grain')]).toEqual([
    2 * IMAGES,
    0,
  ])
})

test('one worker and two give the same rows', async () => {
  await run('one', {}, ['--concurrency', '1'])
  const rows = async (folder: string) => timeless(await readRows(project.path(folder, 'rows.csv')))
  expect(await rows('one')).toEqual(await rows('unbroken'))
})
