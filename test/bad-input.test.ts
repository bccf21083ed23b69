import { spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync } from 'node:fs'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeProject, type Project, picture, readRows } from './support/project.js'

const plugins = ['energy', 'push', 'dim', 'broken', 'nan', 'weighty'].map((name) => `plugins/${name}.mjs`)
let project: Project

beforeAll(async () => {
  project = makeProject()
  project.write('run.json', JSON.stringify({ plugins, metrics: 'energy', attacks: 'push', defences: 'dim' }))
  project.write('good/a.png', await picture(1))
})
afterAll(() => project.remove())

const run = (images: string[], ...more: string[]) => project.cupel(['run', ...images, '--config', 'run.json', ...more])

/** Exit code 1, one clear message, no stack trace, and nothing written. */
async function refused(images: string[], message: RegExp, ...more: string[]): Promise<void> {
  const ended = await run(images, '--out', 'refused', ...more)
  expect(ended.stderr).toMatch(message)
  expect(ended.stderr).not.toMatch(/^\s+at /m)
  expect(ended.stdout).toBe('')
  expect(ended.code).toBe(1)
  expect(existsSync(project.path('refused'))).toBe(false)
}

describe('images', () => {
  test('none', () => refused([], /no images: name files, folders, globs or @LIST/))
  test('a path that is not there', () => refused(['nowhere.png'], /nowhere\.png: no such file or folder/))
  test('a glob that matches nothing', () => refused(['good/*.webp'], /matches no image/))
  test('a folder without images', () => {
    project.write('empty/readme.txt', 'nothing to see')
    return refused(['empty'], /empty: a folder without images/)
  })
  test('an empty list', () => {
    project.write('empty.list', '# nothing\n')
    return refused(['@empty.list'], /the list is empty/)
  })
  test.each([
    ['zero-byte', Buffer.alloc(0), /zero\.png/],
    ['text', Buffer.from('not a picture'), /text\.png/],
  ])('a %s file named .png and nothing else', async (kind, bytes, message) => {
    project.write(`bad/${kind === 'text' ? 'text' : 'zero'}.png`, bytes)
    await refused([`bad/${kind === 'text' ? 'text' : 'zero'}.png`], message)
  })

  test('a truncated file among good ones fails its own rows and no others', async () => {
    const bytes = await picture(2)
    project.write('mixed/cut.png', bytes.subarray(0, bytes.length >> 1))
    project.write('mixed/good.png', bytes)
    const ended = await run(['mixed'], '--out', 'mixed-out')
    expect(ended.code).toBe(2)
    const rows = await readRows(project.path('mixed-out', 'rows.csv'))
    expect(rows.filter((row) => row.image === 'good.png').map((row) => row.status)).toEqual(Array(4).fill('ok'))
    const failed = rows.filter((row) => row.image === 'cut.png')
    expect(failed).toHaveLength(4)
    for (const row of failed)
      expect(row).toMatchObject({ status: 'failed', score: '', reason: expect.stringMatching(/cut\.png/) })
  })

  test('1x1, 16-bit, gray, alpha, CMYK and EXIF-rotated images work', async () => {
    const base = () => sharp({ create: { width: 24, height: 16, channels: 3, background: { r: 200, g: 100, b: 50 } } })
    project.write(
      'odd/one.png',
      await sharp({ create: { width: 1, height: 1, channels: 3, background: 'red' } })
        .png()
        .toBuffer(),
    )
    project.write('odd/deep.png', await base().toColourspace('rgb16').png().toBuffer())
    project.write('odd/gray.png', await base().grayscale().png().toBuffer())
    project.write('odd/alpha.png', await base().ensureAlpha(0.5).png().toBuffer())
    project.write('odd/cmyk.jpg', await base().toColourspace('cmyk').jpeg().toBuffer())
    project.write('odd/turned.jpg', await base().withMetadata({ orientation: 6 }).jpeg().toBuffer())
    const ended = await run(['odd'], '--out', 'odd-out', '--attacks', 'none')
    expect(ended.stderr).toContain('12 ok, 0 failed')
    const turned = (await readRows(project.path('odd-out', 'rows.csv'))).find((row) => row.image === 'turned.jpg')
    expect(turned).toMatchObject({ width: '16', height: '24' })
  })
})

describe('names and options', () => {
  test('an unknown plugin, with a suggestion', () =>
    refused(['good'], /no defence is called "dimm"; did you mean "dim"\?/, '--defences', 'dimm'))
  test('an option that is not one', () => refused(['good'], /unknown option '--sede'.*--seed/s, '--sede', '1'))
  test.each([
    ['--seed', 'x', 'found "x", expected a whole number, 0 or more'],
    ['--limit', '-3', 'found "-3", expected a whole number, 1 or more'],
    ['--samples', '1.5', 'found "1.5", expected a whole number, 1 or more'],
    ['--timeout', '0', 'found "0", expected a number of seconds, more than 0'],
    ['--threat', 'static,psychic', 'found "psychic", expected static, adaptive or transfer'],
    ['--device', 'gpu', 'found "gpu", expected cpu, cuda or webgpu'],
    ['--objective', 'foo', 'found "foo", expected improve, worsen, either or toward=NUMBER'],
    ['--strength', 'linf=8', 'found "linf=8", expected linf=8/255 (1/255 to 1), ssim=0.95, psnr=40 or pixels=20'],
  ])('%s %s', async (option, value, message) => {
    const ended = await run(['good'], '--out', 'refused', option, value)
    expect(ended).toMatchObject({ code: 1, stdout: '', stderr: `${option}: ${message}\n` })
    expect(existsSync(project.path('refused'))).toBe(false)
  })
  test('a configuration that is not there', async () => {
    const ended = await project.cupel(['run', 'good', '--config', 'no.json', '--out', 'refused'])
    expect([ended.code, ended.stderr]).toEqual([1, '--config no.json: no such file\n'])
  })
  test.each([
    ['that is not JSON', '{', /^--config wrong\.json: not JSON \(.+\)\n$/],
    ['that is a list', '[1]', /^--config wrong\.json: found \[1\], expected an object\n$/],
    [
      'with a misspelt field',
      '{ "metric": ["energy"] }',
      /^--config wrong\.json: "metric" is no option; did you mean "metrics"\?\n$/,
    ],
    [
      'with values of other types',
      '{ "seed": "x", "metrics": 3, "variants": { "metric": { "m": { "of": "energy" } } } }',
      /^--config wrong\.json, metrics: found 3, expected a name or a list of names\n.*, seed: found "x", .*\n.*, variants\.metric\.m\.options: found nothing, expected an object\n$/,
    ],
    [
      'with options in a chain',
      '{ "chains": { "both": ["dim", { "of": "dim", "options": {} }] } }',
      /^--config wrong\.json, chains\.both\.1: found \{"of":"dim","options":\{\}\}, expected the name of a defence; options of your own get a name in "variants"\n$/,
    ],
  ])('a configuration %s', async (_, content, message) => {
    project.write('wrong.json', content)
    const ended = await project.cupel(['run', 'good', '--config', 'wrong.json', '--out', 'refused'])
    expect([ended.code, ended.stderr]).toEqual([1, expect.stringMatching(message)])
    expect(existsSync(project.path('refused'))).toBe(false)
  })
  test('opinions that are not there', () =>
    refused(['good'], /--mos .*none\.csv: no such file\n$/, '--mos', 'none.csv'))
  test('no --out', async () => {
    const ended = await run(['good'])
    expect([ended.code, ended.stderr]).toEqual([1, expect.stringMatching(/--out DIR is missing/)])
  })
})

/** A package of a user's project that says it is a plugin. */
function installed(at: Project, name: string, manifest: object, source: string): void {
  at.write(
    `node_modules/${name}/package.json`,
    JSON.stringify({ name, version: '1.2.3', type: 'module', exports: './index.js', ...manifest }),
  )
  at.write(`node_modules/${name}/index.js`, source)
}

describe('installed plugins', () => {
  const marker = { cupel: { kind: 'defence', api: 1 } }
  const defence = (name: string) =>
    `import { defineDefence } from '@cupel/core'\nexport default defineDefence({ name: '${name}', summary: 's', create: () => ({ purify: async (i) => i }) })`

  test.each<[string, object, string, RegExp]>([
    [
      'built for another api',
      { cupel: { kind: 'defence', api: 99 } },
      'throw new Error("must not be imported")',
      /cupel-one@1\.2\.3: built for interface 99, this runner speaks 1; run: npm install/,
    ],
    [
      'of an unknown kind',
      { cupel: { kind: 'filter', api: 1 } },
      '',
      /"cupel\.kind" in its package\.json is "filter", expected/,
    ],
    ['without a default export', marker, 'export const x = 1', /cupel-one: its default export is absent/],
    [
      'of another kind than it says',
      { cupel: { kind: 'metric', api: 1 } },
      defence('one'),
      /package\.json says "metric", its default export is a defence/,
    ],
    ['that throws when imported', marker, 'throw new Error("boom")', /cupel-one: importing .* failed: boom/],
    ['without an entry', { ...marker, exports: './missing.js' }, '', /cupel-one: has no entry that can be imported/],
  ])('one %s', async (_, manifest, source, message) => {
    const own = makeProject({ dependencies: { 'cupel-one': '*' } })
    installed(own, 'cupel-one', manifest, source)
    const ended = await own.cupel(['list'])
    expect(ended.stderr).toMatch(message)
    expect(ended.stderr.trim().split('\n')).toHaveLength(1)
    expect(ended.code).toBe(1)
    own.remove()
  })

  test('two of one name', async () => {
    const own = makeProject({ dependencies: { 'cupel-one': '*', 'cupel-two': '*' } })
    for (const name of ['cupel-one', 'cupel-two']) installed(own, name, marker, defence('same'))
    const ended = await own.cupel(['list'])
    expect(ended.stderr).toMatch(/two defences are called "same": cupel-one and cupel-two/)
    expect(ended.code).toBe(1)
    own.remove()
  })

  test('declared and not installed', async () => {
    const own = makeProject({ dependencies: { 'cupel-gone': '*' } })
    const ended = await own.cupel(['list'])
    expect(ended.stderr).toMatch(/cupel-gone: .* not installed; run your package manager's install/)
    own.remove()
  })
})

describe('plugins that misbehave', () => {
  const row = async (out: string, defence: string) =>
    (await readRows(project.path(out, 'rows.csv'))).filter((one) => one.defence === defence)

  test('throwing, NaN, a wrong size, a dead process and an endless loop fail their own rows and no others', async () => {
    const ended = await run(
      ['good'],
      '--out',
      'misbehave',
      '--defences',
      'broken-throws,broken-nan,broken-size,broken-exits,broken-hangs,dim',
      '--timeout',
      // Long enough for a busy machine to start a process anew, which counts too.
      '4',
    )
    expect(ended.code).toBe(2)
    for (const [defence, reason] of [
      ['broken-throws', /deliberately broken/],
      ['broken-nan', /output of defence broken-nan: NaN at channel R, row 0, column 5/],
      ['broken-size', /1 x 1, expected the input's 48 x 40/],
      ['broken-exits', /exited/],
      ['broken-hangs', /took longer than 4 s/],
    ] as const) {
      const rows = await row('misbehave', defence)
      expect(rows).toHaveLength(2)
      for (const one of rows)
        expect(one).toMatchObject({ status: 'failed', score: '', reason: expect.stringMatching(reason) })
    }
    for (const one of [...(await row('misbehave', 'dim')), ...(await row('misbehave', 'none'))])
      expect(one.status).toBe('ok')
  }, 60_000)

  test('a metric that returns NaN', async () => {
    const ended = await run(['good'], '--out', 'nan', '--metrics', 'nan', '--attacks', 'none')
    expect(ended.code).toBe(1)
    expect(await row('nan', 'dim')).toMatchObject([
      { status: 'failed', reason: 'metric nan returned NaN, expected a finite number' },
    ])
  })
})

describe('weights', () => {
  test('missing: n/a rows that name the file and the command; with nothing else to run, exit 1', async () => {
    const beside = await run(['good'], '--out', 'weights', '--metrics', 'energy,weighty')
    expect(beside.code).toBe(0)
    const rows = (await readRows(project.path('weights', 'rows.csv'))).filter((row) => row.metric === 'weighty')
    expect(rows).toHaveLength(4)
    for (const row of rows) {
      expect(row).toMatchObject({
        status: 'n/a',
        score: '',
        reason: expect.stringMatching(/weighty\.bin.*cupel weights pull weighty\.bin/),
      })
    }
    await refused(['good'], /nothing can run:\n.*weighty\.bin/, '--metrics', 'weighty')
  })
  test('corrupt: the hash is said', async () => {
    project.write('cache/weights/weighty.bin', 'something else')
    await refused(['good'], /sha256/, '--metrics', 'weighty')
  })
  test('right: it runs; an attack that needs a gradient is n/a on a metric without one', async () => {
    project.write('cache/weights/weighty.bin', 'hello')
    const ended = await run(['good'], '--out', 'weights-right', '--metrics', 'weighty')
    expect(ended.stderr).toContain('2 ok, 0 failed, 2 n/a')
    const attacked = (await readRows(project.path('weights-right', 'rows.csv'))).filter((row) => row.attack === 'push')
    for (const row of attacked) {
      expect(row).toMatchObject({
        status: 'n/a',
        reason: 'attack push needs a gradient, metric weighty gives scores only',
      })
    }
  })
})

describe('the output folder', () => {
  test('that cannot be made', async () => {
    project.write('file', '')
    const ended = await run(['good'], '--out', 'file/out')
    expect(ended.stderr).toMatch(/cannot write to the output folder .*file\/out/)
    expect(ended.code).toBe(1)
  })

  test.skipIf(process.platform !== 'linux')('in a file system that takes none (of Linux)', () =>
    refused(['good'], /cannot write to the output folder \/proc\/x: \/proc\/x cannot be made/, '--out', '/proc/x'),
  )

  test.skipIf(process.getuid?.() === 0)(
    'that may not be written (not tested as root, who may write anywhere)',
    async () => {
      mkdirSync(project.path('closed'))
      chmodSync(project.path('closed'), 0o500)
      const ended = await run(['good'], '--out', 'closed/out')
      expect(ended.stderr).toMatch(/cannot write to the output folder/)
    },
  )

  test('that another run is writing, and that a dead one left', async () => {
    const { hostname } = await import('node:os')
    const holder = spawn('sleep', ['30'])
    project.write('taken/lock.json', JSON.stringify({ pid: holder.pid, host: hostname() }))
    const busy = await run(['good'], '--out', 'taken')
    expect(busy.stderr).toMatch(new RegExp(`is being written by another run \\(process ${holder.pid}`))
    expect(busy.code).toBe(1)
    holder.kill()
    await new Promise((resolve) => holder.on('exit', resolve))
    const free = await run(['good'], '--out', 'taken')
    expect(free.code).toBe(0)
    expect(existsSync(project.path('taken', 'lock.json'))).toBe(false)
  })

  test('a report of a folder that holds no run', async () => {
    const ended = await project.cupel(['report', 'good'])
    expect(ended.stderr).toMatch(/is not the folder of a finished run/)
    expect(ended.code).toBe(1)
  })
})
