import { existsSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeProject, type Project, picture, readRows } from './support/project.js'

const plugins = ['energy', 'coarse', 'level', 'blind', 'push', 'dim', 'lift', 'smooth', 'grain'].map(
  (name) => `plugins/${name}.mjs`,
)
let project: Project
type Row = Record<string, string>

beforeAll(async () => {
  project = makeProject()
  for (let i = 0; i < 3; i++) project.write(`images/${i}.png`, await picture(i))
  project.write('run.json', JSON.stringify({ plugins, images: ['images'], metrics: 'energy', attacks: 'push' }))
})
afterAll(() => project.remove())

async function rows(out: string, ...more: string[]): Promise<Row[]> {
  const ended = await project.cupel(['run', '--config', 'run.json', '--out', out, ...more])
  expect(ended.stderr).toMatch(/ 0 failed, 0 n\/a/)
  return readRows(project.path(out, 'rows.csv'))
}
const key = (row: Row) => [row.metric, row.attacked_metric, row.attack, row.defence, row.image, row.draw].join(' ')

describe('the static matrix', () => {
  test('is the full cross-product, each cell once', async () => {
    const all = await rows('static', '--metrics', 'energy,coarse', '--defences', 'dim,smooth,grain')
    expect(all).toHaveLength(2 * 2 * 4 * 3)
    expect(new Set(all.map(key)).size).toBe(all.length)
    for (const row of all.filter(({ attack, defence }) => attack === 'none' && defence === 'none')) {
      expect(row).toMatchObject({ score: row.clean_score, linf: '0', psnr: 'Infinity', ssim: '1' })
    }
    for (const row of all.filter(({ attack }) => attack === 'push')) {
      expect(Number(row.attacked_score)).toBeGreaterThan(Number(row.clean_score))
      expect(Number(row.attacked_linf)).toBeCloseTo(2 / 255, 6)
      expect(row).toMatchObject({ gradient_queries: '1', gradient_kind: 'exact' })
    }
  })
})

test('a metric that gives scores only is n/a to an attack on its gradient, unless one is estimated', async () => {
  const config = ['run', '--config', 'run.json', '--metrics', 'blind', '--defences', 'none']
  const without = await project.cupel([...config, '--out', 'blind'])
  expect(without.stderr).toContain('3 ok, 0 failed, 3 n/a')
  const more = ['--metrics', 'blind', '--defences', 'dim', '--threat', 'static,adaptive', '--estimate', '200']
  const all = (await rows('estimated', ...more)).filter(({ attack }) => attack === 'push')
  for (const row of all) {
    expect(row.gradient_kind).toBe('estimated')
    expect(Number(row.attacked_score)).toBeGreaterThan(Number(row.clean_score))
  }
  const again = (await rows('estimated-again', ...more)).filter(({ attack }) => attack === 'push')
  expect(again.map(({ score }) => score)).toEqual(all.map(({ score }) => score))
})

describe('adaptive', () => {
  test('the attack meets the metric behind the defence, and does better than one that does not know of it', async () => {
    const all = await rows('adaptive', '--defences', 'smooth,dim', '--threat', 'static,adaptive')
    const adaptive = all.filter(({ threat }) => threat === 'adaptive')
    // Every defence but none, against every attack that has a target.
    expect(adaptive.map(key)).toHaveLength(2 * 3)
    for (const row of adaptive) {
      const still = all.find((other) => other.threat === 'static' && key(other) === key(row))!
      expect(Number(row.score)).toBeGreaterThanOrEqual(Number(still.score))
      if (row.flags === 'static-stronger') expect(row).toMatchObject({ score: still.score, gradient_kind: 'exact' })
      // dim has no pullback: the gradient passed it as if it changed nothing.
      else expect(row.gradient_kind).toBe(row.defence === 'dim' ? 'identity' : 'exact')
    }
    const smooth = adaptive.filter(({ defence }) => defence === 'smooth')
    const gained = smooth.filter((row) => {
      const still = all.find((other) => other.threat === 'static' && key(other) === key(row))!
      return Number(row.score) > Number(still.score) && row.flags === ''
    })
    expect(gained).toHaveLength(3)
  })

  test('with either direction wanted, the change is that from the score behind the defence', async () => {
    const more = ['--metrics', 'level', '--defences', 'lift', '--threat', 'static,adaptive', '--objective', 'either']
    const all = await rows('either-way', ...more)
    const scoreOf = (threat: string, attack: string, image: string) =>
      Number(
        all.find(
          (row) => row.threat === threat && row.attack === attack && row.image === image && row.defence === 'lift',
        )!.score,
      )
    for (const row of all.filter(({ threat }) => threat === 'adaptive')) {
      const [start, still] = [scoreOf('static', 'none', row.image!), scoreOf('static', 'push', row.image!)]
      // Upwards is nearer to what is clipped: the attacker who knows it goes down, towards the score without the defence.
      expect(row).toMatchObject({ flags: '', notes: '{"objective":"worsen"}' })
      expect(Math.abs(Number(row.score) - start)).toBeGreaterThan(Math.abs(still - start))
    }
  })

  test('a random defence is averaged over --samples draws that are not the one it is judged by', async () => {
    const attacked = async (samples: string) => {
      await rows(`eot-${samples}`, '--defences', 'grain', '--threat', 'adaptive', '--samples', samples)
      const records = readFileSync(project.path(`eot-${samples}`, 'store', 'attacks.jsonl'), 'utf8')
        .trim()
        .split('\n')
      return new Set(
        records
          .map((line) => JSON.parse(line))
          .filter(({ attack }) => attack === 'push')
          .map(({ image }) => image),
      )
    }
    const [one, four] = [await attacked('1'), await attacked('4')]
    // The static attacks are the same, the adaptive ones are not.
    expect([one.size, four.size, [...one].filter((image) => four.has(image)).length]).toEqual([6, 6, 3])
  })
})

test('transfer: an attack on one metric is scored by the other', async () => {
  const all = await rows('transfer', '--metrics', 'energy,coarse', '--defences', 'none', '--threat', 'static,transfer')
  const transfer = all.filter(({ threat }) => threat === 'transfer')
  expect(transfer).toHaveLength(2 * 3)
  for (const row of transfer) {
    expect(row.attacked_metric).not.toBe(row.metric)
    const own = all.find(
      (other) =>
        other.threat === 'static' &&
        other.attack === 'push' &&
        other.metric === row.metric &&
        other.image === row.image,
    )!
    // Less than an attack on the metric itself, and not the same image.
    expect(Number(row.score)).toBeLessThan(Number(own.score))
  }
})

test('draws: a random defence has a row for each, others one; each draw is the same for clean and attacked', async () => {
  const all = await rows('draws', '--defences', 'grain,dim', '--draws', '3')
  const of = (defence: string, attack: string) =>
    all.filter((row) => row.defence === defence && row.attack === attack && row.image === '0.png')
  expect(of('grain', 'none').map(({ draw }) => draw)).toEqual(['0', '1', '2'])
  expect(of('dim', 'none')).toHaveLength(1)
  expect(new Set(of('grain', 'none').map(({ score }) => score)).size).toBe(3)
})

test('draws, unless told: ten where the attacker knows the random defence, one elsewhere', async () => {
  const args = ['--defences', 'grain,dim', '--threat', 'static,adaptive', '--limit', '1']
  const all = await rows('draws-unless-told', ...args)
  const count = (threat: string, defence: string, of: readonly Row[] = all) =>
    of.filter((row) => row.attack === 'push' && row.threat === threat && row.defence === defence).length
  expect([count('static', 'grain'), count('static', 'dim')]).toEqual([1, 1])
  expect([count('adaptive', 'grain'), count('adaptive', 'dim')]).toEqual([10, 1])
  expect(new Set(all.filter(({ threat }) => threat === 'adaptive').map(({ score }) => score)).size).toBe(11)
  expect(JSON.parse(readFileSync(project.path('draws-unless-told', 'manifest.json'), 'utf8')).draws).toEqual({
    static: 1,
    adaptive: 10,
    transfer: 1,
  })
  const told = await rows('draws-told', ...args, '--draws', '2')
  expect([count('static', 'grain', told), count('adaptive', 'grain', told)]).toEqual([2, 2])
  // What is planned is what is run: attack none and push, each with none, grain and dim; push again with grain ten times and dim.
  const dry = await project.cupel(['run', '--config', 'run.json', '--out', 'draws-dry', ...args, '--dry-run'])
  expect(dry.stdout).toContain(`${all.length} rows\n`)
  expect(all).toHaveLength(2 * 3 + 10 + 1)
})

test('objectives: the score is raised, lowered, moved to a value, or moved the further way', async () => {
  const score = async (objective: string) => {
    const all = await rows(`objective-${objective}`, '--defences', 'none', '--objective', objective)
    return all
      .filter(({ attack }) => attack === 'push')
      .map((row) => ({ notes: row.notes, moved: Number(row.score) - Number(row.clean_score) }))
  }
  for (const { moved } of await score('improve')) expect(moved).toBeGreaterThan(0)
  for (const { moved } of await score('worsen')) expect(moved).toBeLessThan(0)
  for (const { moved } of await score('toward=0')) expect(moved).toBeLessThan(0)
  for (const { moved, notes } of await score('either')) {
    expect(JSON.parse(notes!).objective).toBe(moved > 0 ? 'improve' : 'worsen')
  }
})

test('a variant of the run’s own', async () => {
  project.write(
    'own.json',
    JSON.stringify({
      plugins,
      images: ['images'],
      metrics: 'energy',
      attacks: 'none',
      defences: 'soft',
      variants: { defence: { soft: { of: 'smooth', options: {} } } },
    }),
  )
  const ended = await project.cupel(['run', '--config', 'own.json', '--out', 'own'])
  expect(ended.stderr).toContain('6 ok')
  expect(new Set((await readRows(project.path('own', 'rows.csv'))).map(({ defence }) => defence))).toEqual(
    new Set(['none', 'soft']),
  )
})

test('a chain of the run’s own is one defence after another, for scoring and for an attacker who knows it', async () => {
  const config = {
    plugins,
    images: ['images'],
    metrics: 'energy',
    attacks: 'push',
    defences: ['smooth', 'twice', 'nested', 'flat'],
    chains: { twice: ['smooth', 'dim'], nested: ['twice', 'dim'], flat: ['smooth', 'dim', 'dim'] },
  }
  project.write('chain.json', JSON.stringify({ ...config, threat: ['static', 'adaptive'] }))
  const ended = await project.cupel(['run', '--config', 'chain.json', '--out', 'chain'])
  expect(ended.stderr).toMatch(/ 0 failed, 0 n\/a/)
  const all = await readRows(project.path('chain', 'rows.csv'))
  for (const row of all.filter(
    ({ defence, threat, attack }) => defence === 'twice' && threat === 'static' && attack === 'push',
  )) {
    const once = all.find(
      (other) =>
        other.defence === 'smooth' && other.threat === 'static' && other.attack === 'push' && other.image === row.image,
    )!
    // dim scales values by 0.9, and so their squared differences by 0.81.
    expect(Number(row.score)).toBeCloseTo(0.81 * Number(once.score), 7)
  }
  const scoresOf = (name: string) => all.filter(({ defence }) => defence === name).map(({ score }) => score)
  expect(scoresOf('nested')).toEqual(scoresOf('flat'))
  expect(scoresOf('nested')).not.toEqual(scoresOf('twice'))
  const circular = { ...config, defences: 'a', chains: { a: ['b', 'dim'], b: ['smooth', 'a'] } }
  project.write('chain-circle.json', JSON.stringify(circular))
  const circle = await project.cupel(['run', '--config', 'chain-circle.json', '--out', 'chain-circle'])
  expect(circle.stderr).toBe('chain "a" is part of itself: a > b > a\n')
  const unknown = { ...config, chains: { ...config.chains, twice: ['smooth', 'dimm'] } }
  project.write('chain-bad.json', JSON.stringify(unknown))
  const bad = await project.cupel(['run', '--config', 'chain-bad.json', '--out', 'chain-bad'])
  expect(bad.stderr).toMatch(/no defence is called "dimm"; did you mean "dim"/)
})

test('--dry-run says what there is to do and writes nothing', async () => {
  const args = ['run', '--config', 'run.json', '--out', 'dry', '--defences', 'dim', '--dry-run']
  const before = await project.cupel(args)
  expect(before.stdout).toMatch(
    /12 rows\nsteps: +6 attacks, 12 purifications, 12 scores\nto do: +6 attacks, 12 purifications, 12 scores\ntime: +unknown/,
  )
  expect(existsSync(project.path('dry'))).toBe(false)
  await rows('dry', '--defences', 'dim', '--limit', '1')
  const after = await project.cupel(args)
  expect(after.stdout).toMatch(/to do: +4 attacks, 8 purifications, 8 scores\ntime: +about [\d.]+ s/)
})

test('cupel report makes the same files again', async () => {
  const files = ['summary.csv', 'rows.csv', 'figures/energy-gain.svg', 'report.html']
  const read = () =>
    files.map((file) =>
      existsSync(project.path('static', file)) ? readFileSync(project.path('static', file), 'utf8') : file,
    )
  const before = read()
  const ended = await project.cupel(['report', 'static'])
  expect(ended.code).toBe(0)
  expect(read()).toEqual(before)
})
