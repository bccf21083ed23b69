import { existsSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeProject, type Project, picture, readRows } from './support/project.js'

const plugins = ['energy', 'level', 'nudge', 'capped', 'learned', 'push', 'dim', 'fragile'].map(
  (name) => `plugins/${name}.mjs`,
)
let project: Project

beforeAll(async () => {
  project = makeProject()
  for (let i = 0; i < 3; i++) project.write(`images/${i}.png`, await picture(i))
  for (let i = 3; i < 6; i++) project.write(`train/${i}.png`, await picture(i))
  project.write('run.json', JSON.stringify({ plugins, images: ['images'], metrics: 'energy', defences: 'dim' }))
})
afterAll(() => project.remove())

const run = (out: string, more: string[], env: Record<string, string> = {}) =>
  project.cupel(['run', '--config', 'run.json', '--out', out, ...more], env)
const rows = async (out: string, attack: string) =>
  (await readRows(project.path(out, 'rows.csv'))).filter((row) => row.attack === attack && row.defence === 'none')
const calls = (file: string, who: string): number =>
  existsSync(project.path(file))
    ? readFileSync(project.path(file), 'utf8')
        .split('\n')
        .filter((line) => line.startsWith(`${who} `)).length
    : 0

describe('trained attacks', () => {
  test('are prepared once for a metric, and again when the run is', async () => {
    const first = await run('trained', ['--attacks', 'learned', '--train', 'train'], {
      COUNT: project.path('first.count'),
    })
    expect(first.stderr).toContain('12 ok, 0 failed')
    expect(calls('first.count', 'prepare')).toBe(3)
    for (const row of await rows('trained', 'learned')) expect(Number(row.attacked_linf)).toBeCloseTo(4 / 255, 6)
    const { preparations } = JSON.parse(readFileSync(project.path('trained', 'manifest.json'), 'utf8'))
    expect(preparations).toMatchObject([{ attack: 'learned', metric: 'energy', images: 3 }])

    const again = await run('trained', ['--attacks', 'learned', '--train', 'train'], {
      COUNT: project.path('again.count'),
    })
    expect(again.stderr).toContain('executed: 0 attacks')
    expect(calls('again.count', 'prepare')).toBe(0)
  })

  test('may be trained for longer than a step may take, as long as they ask the metric', async () => {
    const ended = await run('slowly', ['--attacks', 'learned-slowly', '--train', 'train', '--timeout', '3'])
    expect(ended.stderr).toContain('12 ok, 0 failed')
    const { preparations } = JSON.parse(readFileSync(project.path('slowly', 'manifest.json'), 'utf8'))
    expect(preparations[0].ms).toBeGreaterThan(3000)
  })

  test('are prepared behind each defence that an adaptive attacker knows', async () => {
    const ended = await run('trained', ['--attacks', 'learned', '--train', 'train', '--threat', 'static,adaptive'])
    expect(ended.stderr).toContain('0 failed, 0 n/a')
    const { preparations } = JSON.parse(readFileSync(project.path('trained', 'manifest.json'), 'utf8'))
    expect(preparations.map((one: { defence: string }) => one.defence)).toEqual(['', 'dim'])
  })

  test('are trained for the objective', async () => {
    const gains = async (objective: string) => {
      const out = `for-${objective}`
      const more = ['--metrics', 'level', '--attacks', 'learned', '--train', 'train', '--objective', objective]
      expect((await run(out, more)).stderr).toContain('12 ok, 0 failed')
      return (await rows(out, 'learned')).map((row) => Number(row.attacked_score) - Number(row.clean_score))
    }
    for (const gain of await gains('improve')) expect(gain).toBeGreaterThan(0)
    for (const gain of await gains('worsen')) expect(gain).toBeLessThan(0)
    await run('for-either', ['--attacks', 'learned,push', '--train', 'train', '--objective', 'either'])
    for (const row of await rows('for-either', 'learned'))
      expect(row).toMatchObject({ status: 'n/a', reason: expect.stringMatching(/run improve and worsen/) })
    for (const row of await rows('for-either', 'push')) expect(row.status).toBe('ok')
  })

  test('without training images are n/a', async () => {
    const ended = await run('untrained', ['--attacks', 'learned,push'])
    expect(ended.code).toBe(0)
    for (const row of await rows('untrained', 'learned')) {
      expect(row).toMatchObject({ status: 'n/a', reason: 'attack learned must be trained on images: --train IMAGES' })
    }
    for (const row of await rows('untrained', 'push')) expect(row.status).toBe('ok')
  })

  test('fail their own rows where training fails, and their calibration is not tried', async () => {
    const more = ['--attacks', 'fragile,nudge', '--train', 'train', '--strength', 'linf=5/255']
    const ended = await run('fragile', more, { FRAGILE: 'prepare' })
    expect(ended.code).toBe(2)
    for (const row of await rows('fragile', 'fragile')) {
      expect(row).toMatchObject({ status: 'failed', reason: 'prepare: nothing could be learned' })
    }
    for (const row of await rows('fragile', 'nudge')) expect(row.status).toBe('ok')
  })

  test('never meet an image that they were trained on', async () => {
    const ended = await run('overlap', ['--attacks', 'learned', '--train', 'train', 'images/1.png'])
    expect(ended.stderr).toMatch(/--train: 1 of its images are evaluated too \(images\/1\.png\)/)
    expect(ended.code).toBe(1)
    expect(existsSync(project.path('overlap'))).toBe(false)
  })
})

test('an attack may take longer than a step may, as long as it asks the metric', async () => {
  const ended = await run('asking', ['--attacks', 'nudge-slowly', '--limit', '1', '--timeout', '3'])
  expect(ended.stderr).toContain('4 ok, 0 failed')
  for (const row of await rows('asking', 'nudge-slowly')) expect(Number(row.attack_ms)).toBeGreaterThan(3000)
})

describe('strength', () => {
  test('fails the rows of an attack that fails while its knob is set; what it lacks is n/a, and both are tried again', async () => {
    const more = ['--attacks', 'fragile', '--train', 'train', '--strength', 'linf=5/255']
    const failed = await run('shaky', more, { FRAGILE: 'run' })
    expect(failed.code).toBe(2)
    for (const row of await rows('shaky', 'fragile')) {
      expect(row).toMatchObject({ status: 'failed', reason: 'calibrate: fell to pieces' })
    }
    const lacking = await run('shaky', more, { FRAGILE: 'device' })
    expect(lacking.code).toBe(0)
    for (const row of await rows('shaky', 'fragile')) {
      expect(row).toMatchObject({ status: 'n/a', reason: 'calibrate: fragile needs a device that is not here' })
    }
    expect((await run('shaky', more)).stderr).toContain('12 ok, 0 failed')
  })

  test('sets each knob so that the attack is as strong as asked and no stronger; another measure is n/a', async () => {
    const ended = await run('strength', ['--attacks', 'nudge,push', '--strength', 'linf=5/255'])
    expect(ended.code).toBe(0)
    for (const row of await rows('strength', 'nudge')) {
      expect(Number(row.attacked_linf)).toBeCloseTo(5 / 255, 6)
      expect(Number(row.knob)).toBeGreaterThan(4.4 / 255)
      expect(row.flags).toBe('')
    }
    for (const row of await rows('strength', 'push')) {
      expect(row).toMatchObject({ status: 'n/a', reason: expect.stringMatching(/has no strength knob/) })
    }
    const again = await run('strength', ['--attacks', 'nudge,push', '--strength', 'linf=5/255'], {
      COUNT: project.path('strength.count'),
    })
    expect(again.stderr).toContain('executed: 0 attacks')
    expect(calls('strength.count', 'nudge')).toBe(0)
  })

  test('a budget is set without a trial, and is the same as a variant with that budget', async () => {
    const counted = { COUNT: project.path('capped.count') }
    const ended = await run('capped', ['--attacks', 'capped', '--strength', 'linf=5/255'], counted)
    expect(ended.stderr).toContain('12 ok, 0 failed')
    expect(calls('capped.count', 'capped')).toBe(3)
    const set = await rows('capped', 'capped')
    for (const row of set) expect(row).toMatchObject({ knob: String(5 / 255), flags: '' })
    const again = await run('capped', ['--attacks', 'capped-linf5'], counted)
    expect(again.stderr).toContain('executed: 0 attacks')
    const variant = await rows('capped', 'capped-linf5')
    expect(variant.map((row) => row.score)).toEqual(set.map((row) => row.score))
  })

  test('a budget off the 8-bit grid is rounded down to it', async () => {
    await run('grid', ['--attacks', 'nudge', '--strength', 'linf=0.018'])
    for (const row of await rows('grid', 'nudge')) expect(Number(row.attacked_linf)).toBeCloseTo(4 / 255, 6)
  })

  test('that cannot be reached: the nearest, flagged', async () => {
    await run('unreached', ['--attacks', 'nudge', '--strength', 'linf=40/255'])
    for (const row of await rows('unreached', 'nudge')) {
      expect(Number(row.attacked_linf)).toBeCloseTo(20 / 255, 6)
      expect(row.flags).toBe('unreached')
    }
  })

  test('calibrate prints a table of what it finds', async () => {
    const ended = await project.cupel([
      'calibrate',
      'images',
      '--config',
      'run.json',
      '--attacks',
      'nudge',
      '--strength',
      'linf=2/255,linf=8/255',
      '--json',
    ])
    const found = JSON.parse(ended.stdout)
    expect(found.map(({ strength, reached }: { strength: string; reached: boolean }) => [strength, reached])).toEqual([
      ['linf=2/255', true],
      ['linf=8/255', true],
    ])
    expect(found[1].gain).toBeGreaterThan(found[0].gain)
    expect(found[1].psnr).toBeLessThan(found[0].psnr)
  })

  test('of a form that is none', async () => {
    const ended = await run('none', ['--strength', 'loud=3'])
    expect(ended.stderr).toMatch(/strength: found "loud=3", expected linf=8\/255/)
    expect(ended.code).toBe(1)
  })
})
