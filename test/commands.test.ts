import { existsSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeProject, type Project, picture, readRows } from './support/project.js'

let project: Project
const packages = ['attacks-ifgsm', 'defences-flip', 'defences-jpeg']

beforeAll(async () => {
  project = makeProject({ packages, installed: { energy: 'metric' } })
  for (let i = 0; i < 2; i++) project.write(`images/${i}.png`, await picture(i))
  for (const name of ['same.bmp', 'same.png']) project.write(`twins/${name}`, await picture(0))
})
afterAll(() => project.remove())

/** The one JSON value on standard output. */
async function json(...args: string[]) {
  const ended = await project.cupel(args)
  expect(ended.stderr).toBe('')
  expect(ended.code).toBe(0)
  return JSON.parse(ended.stdout)
}

test('list --json: plugins by kind with variants and facts', async () => {
  const plugins: { kind: string; name: string; version: string; package: string; variants: string[] }[] = await json(
    'list',
    '--json',
  )
  expect(plugins.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
    'metric energy',
    'attack none',
    'attack ifgsm',
    'defence none',
    'defence flip',
    'defence jpeg',
  ])
  expect(plugins[0]).toMatchObject({
    package: 'cupel-energy',
    version: '3.2.1',
    facts: { better: 'higher', range: [0, 0.05], gradient: 'exact' },
    weights: [],
  })
  expect(plugins[5]!.variants).toContain('jpeg-q30')
})

test('list without plugins says what to do elsewhere, and how', async () => {
  const empty = makeProject()
  const ended = await empty.cupel(['list'])
  expect(ended.stdout).toContain('none installed')
  expect(ended.code).toBe(0)
  empty.remove()
})

test('score: one line or one object an image', async () => {
  const scores: { image: string; score: number }[] = await json('score', 'energy', 'images', '--json')
  expect(scores.map(({ image }) => image)).toEqual([project.path('images', '0.png'), project.path('images', '1.png')])
  const flipped = await json('score', 'energy', 'images', '--defence', 'flip', '--json')
  for (const [i, { score }] of scores.entries()) expect(flipped[i].score).toBeCloseTo(score, 9)
  const text = await project.cupel(['score', 'energy', 'images/0.png'])
  expect(text.stdout.trim()).toBe(`${scores[0]!.score.toFixed(4)}  ${project.path('images', '0.png')}`)
})

test('attack, then score: the file holds the score that was promised', async () => {
  const [result] = await json(
    'attack',
    'ifgsm',
    'images/0.png',
    'attacked.png',
    '--metric',
    'energy',
    '--set',
    'steps=3',
    '--json',
  )
  expect(result.attacked).toBeGreaterThan(result.clean)
  expect(result.linf).toBeLessThanOrEqual(3 / 255 + 1e-7)
  const [score] = await json('score', 'energy', 'attacked.png', '--json')
  expect(score.score).toBe(result.attacked)
})

test('purify: a folder to a folder; an option by --set', async () => {
  const results = await json('purify', 'jpeg', 'images', 'cleaned', '--set', 'quality=30', '--json')
  expect(results).toHaveLength(2)
  expect(existsSync(project.path('cleaned', '1.png'))).toBe(true)
  const twice = await json('purify', 'flip', 'images/0.png', 'flipped.png', '--json')
  expect(twice[0].out).toBe(project.path('flipped.png'))
  // A folder with an ending: one that is there, one that is written as such, one whose ending is a number.
  project.write('there.d/other.txt', '')
  for (const [out, to] of [
    ['there.d', 'there.d'],
    ['new.d/', 'new.d'],
    ['q0.5', 'q0.5'],
  ] as const) {
    const [{ out: file }] = await json('purify', 'flip', 'images/0.png', out, '--json')
    expect(file).toBe(project.path(to, '0.png'))
  }
})

test('an image of a folder that cannot be read is told at the end, and the others are done', async () => {
  project.write('mixed/0.png', await picture(0))
  project.write('mixed/1.png', 'no picture')
  project.write('mixed/2.png', await picture(2))
  const bad = project.path('mixed', '1.png')
  const results = (folder: string) => ['0.png', '2.png'].map((name) => project.path(folder, name))
  for (const [args, done] of [
    [['purify', 'flip', 'mixed', 'kept', '--json'], results('kept')],
    [['attack', 'ifgsm', 'mixed', 'moved', '--metric', 'energy', '--json'], results('moved')],
    [['score', 'energy', 'mixed', '--json'], results('mixed')],
  ] as const) {
    const ended = await project.cupel([...args])
    const found: { image: string; out?: string }[] = JSON.parse(ended.stdout)
    expect(found.map(({ image, out }) => out ?? image)).toEqual(done)
    for (const file of done) expect(existsSync(file)).toBe(true)
    expect(ended.stderr).toMatch(/^1 of 3 images could not be used:\n {2}\S/)
    expect(ended.stderr).toContain(`${bad} is not an image`)
    expect(ended.code).toBe(1)
  }
})

test('agree: correlation with opinions, whichever way they and the metric run', async () => {
  for (let i = 0; i < 6; i++) project.write(`rated/${i}.png`, await picture(i))
  const scores: { image: string; score: number }[] = await json('score', 'energy', 'rated', '--json')
  const csv = (name: string, of: (score: number) => number) =>
    project.write(
      `${name}.csv`,
      ['image,note,mos', ...scores.map(({ image, score }) => `${image.split('/').at(-1)},x,${of(score)}`)]
        .join('\n')
        .replace('mos', name),
    )
  csv('mos', (score) => 3 + 10 * score)
  csv('dmos', (score) => 3 + 10 * score)
  const [agreed] = await json('agree', 'rated', '--mos', 'mos.csv', '--json')
  expect(agreed).toMatchObject({ metric: 'energy', images: 6, srocc: 1, plcc: expect.closeTo(1, 9) })
  expect(agreed.srocc_interval).toHaveLength(2)
  const [opposed] = await json('agree', 'rated', '--mos', 'dmos.csv', '--json')
  expect(opposed.srocc).toBe(-1)
  const strangers = await project.cupel([
    'agree',
    'images',
    '--mos',
    project.write('far.csv', 'image,mos\nnobody.png,1\n'),
  ])
  expect(strangers.stderr).toMatch(/names none of the images/)
  expect(strangers.code).toBe(1)
})

test.each([
  [
    ['purify', 'jpeg', 'images/0.png', 'x.png', '--set', 'quality=101'],
    /^defence jpeg, quality: found 101, expected at most 100$/m,
  ],
  [['purify', 'jpeg', 'images/0.png', 'x.png', '--set', 'quality=x'], /jpeg, quality: found "x", expected a number$/m],
  [
    ['purify', 'jpeg', 'images/0.png', 'x.png', '--set', 'qualty=50'],
    /"qualty" is no option; did you mean "quality"\?/,
  ],
  [['purify', 'jpeg', 'images/0.png', 'x.png', '--set', 'quality'], /expected key=value/],
  [['purify', 'jpeg', 'images/0.png', 'x.jpg'], /x\.jpg is the name of a file; results are written as PNG: .* \.png/],
  [['purify', 'jpeg', 'images/0.png', 'o.txt'], /o\.txt is the name of a file; .* or a folder \(o\.txt\/ makes one\)/],
  [['purify', 'jpeg', 'images', 'images/0.png'], /is a file; the results of images need a folder/],
  [['purify', 'jpeg', 'images', 'x.png'], /x\.png is the name of a file; the results of images need a folder/],
  [
    ['purify', 'jpeg', 'images/0.png', 'package.json'],
    /package\.json is a file; .* expected a name that ends in \.png/,
  ],
  [['purify', 'jpeg', 'images/0.png', 'package.json/x.png'], /package\.json is a file, not a folder/],
  [['purify', 'jpeg', 'twins', 'x'], /same\.bmp and .*same\.png would both be written to .*x\/same\.png/],
  [['purify', 'jpeg', 'images/0.png', 'x.png', '--seed', '1.5'], /--seed: found "1\.5", expected a whole number/],
  [['score', 'energy', 'images/0.png', '--device', 'gpu'], /--device: found "gpu", expected cpu, cuda or webgpu/],
  [['attack', 'ifgsm', 'images/0.png', 'x.png', '--metric', 'energy', '--objective', 'no'], /--objective: found "no"/],
  [['agree', 'images', '--mos', 'none.csv'], /^--mos none\.csv: no such file\n$/],
  [['calibrate', 'images', '--strength', 'linf=4/0'], /--strength: found "linf=4\/0", expected linf=8\/255/],
  [['weights', 'pull', 'foo'], /^"foo" is neither a weights file .* nor a plugin; cupel weights list/],
  [['attack', 'ifgsm', 'images/0.png', 'x.png'], /--metric/],
  [['score', 'energy'], /images/],
  [['purify', 'jpge', 'images/0.png', 'x.png'], /no defence is called "jpge"; did you mean "jpeg"\?/],
  [['frobnicate'], /unknown command/],
])('cupel %j says what is wrong', async (args, message) => {
  const ended = await project.cupel(args)
  expect(ended.stderr).toMatch(message)
  expect(ended.stderr).not.toMatch(/^\s+at /m)
  expect(ended.stdout).toBe('')
  expect(ended.code).toBe(1)
  expect(existsSync(project.path('x.png'))).toBe(false)
})

test('doctor names the runtime of networks, its version and its execution providers', async () => {
  const own = makeProject({ packages: ['defences-flip', 'metrics-nss'] })
  const ended = await own.cupel(['doctor'])
  expect(ended.stdout).toMatch(/^ +onnxruntime +onnxruntime-node \d+\.\d+\.\d+, cpu\b/m)
  expect(ended.code).toBe(0)
  own.remove()
})

test('a device that is not there makes rows n/a, those of metrics too', async () => {
  const own = makeProject({ packages: ['attacks-ifgsm', 'defences-flip', 'metrics-nss'] })
  own.write('0.png', await picture(0))
  const ended = await own.cupel(['run', '0.png', '--device', 'webgpu', '--out', 'out'])
  expect(ended.stderr).toMatch(/ 0 ok, 0 failed, 4 n\/a/)
  for (const { reason } of await readRows(own.path('out', 'rows.csv'))) expect(reason).toMatch(/webgpu/)
  own.remove()
})

test('doctor ends with 1 where plugins cannot be loaded, and says the rest all the same', async () => {
  const own = makeProject({ packages: ['defences-flip'], dependencies: { 'cupel-gone': '*' } })
  const ended = await own.cupel(['doctor'])
  expect(ended.stdout).toMatch(/^! plugins +cannot be loaded\n +cupel-gone: .* not installed/m)
  expect(ended.stdout).toMatch(/^ +node +v/m)
  expect(ended.code).toBe(1)
  own.remove()
})

test('doctor names runtimes and plugins', async () => {
  const findings: { what: string; found: string }[] = await json('doctor', '--json')
  expect(findings.find(({ what }) => what === 'node')!.found).toContain(process.version)
  expect(findings.find(({ what }) => what === 'defences')!.found).toBe('none, flip, jpeg')
})
