import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeProject, type Project, picture } from './support/project.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const run = promisify(execFile)

/** Each guide, the package it builds, and the interfaces whose members its tables list. */
const guides = [
  { kind: 'metric', folder: 'metrics-laplacian', interfaces: ['Definition', 'MetricDefinition', 'Metric'] },
  { kind: 'attack', folder: 'attacks-nifgsm', interfaces: ['Definition', 'AttackDefinition', 'Attack'] },
  {
    kind: 'defence',
    folder: 'defences-pixel-deflection',
    interfaces: ['Definition', 'DefenceDefinition', 'Defence', 'Purified'],
  },
] as const

const guide = (kind: string): string =>
  readFileSync(join(root, 'docs', `adding-${kind === 'attack' ? 'an' : 'a'}-${kind}.md`), 'utf8')

/** The fenced blocks of a document that have a name after their language. */
const blocks = (markdown: string): Map<string, string> =>
  new Map([...markdown.matchAll(/^```\w+ (\S+)\n([\s\S]*?)^```$/gm)].map(([, name, text]) => [name!, text!]))

/** The first cells of all tables, without code marks and parameters. */
const members = (markdown: string): string[] =>
  [...markdown.matchAll(/^\| `(\w+)[^`]*` +\|/gm)].map(([, name]) => name!)

/** Names of the members of an interface in core, read from its source. */
function declared(name: string): string[] {
  const source = ['plugin', 'interface']
    .map((file) => readFileSync(join(root, `packages/core/src/${file}.ts`), 'utf8'))
    .join('\n')
  const body = source.match(new RegExp(`^(?:export )?interface ${name}\\b[^{]*\\{\\n([\\s\\S]*?)^\\}`, 'm'))![1]!
  return [...body.matchAll(/^ {2}(?:readonly )?(\w+)\??[(:]/gm)].map(([, member]) => member!)
}

let project: Project

beforeAll(async () => {
  const dependencies = Object.fromEntries(guides.map(({ folder }) => [`@you/${folder}`, '*']))
  project = makeProject({ dependencies })
  mkdirSync(project.path('node_modules', '@you'))
  for (const { kind, folder } of guides) {
    for (const [name, text] of blocks(guide(kind))) if (name !== 'verify') project.write(join(folder, name), text)
    symlinkSync(project.path(folder), project.path('node_modules', '@you', folder))
  }
  project.write('images/a.png', await picture(1))
})
afterAll(() => project.remove())

describe.each(guides)('docs: adding a $kind', ({ kind, folder, interfaces }) => {
  test('the package builds and passes its tests with the commands that are given', async () => {
    const env = {
      ...process.env,
      PATH: [join(root, 'node_modules', '.bin'), dirname(process.execPath), process.env['PATH']].join(delimiter),
    }
    // Reports of a test run that is started by another one are not for people.
    delete (env as NodeJS.ProcessEnv)['NODE_TEST_CONTEXT']
    const commands = blocks(guide(kind)).get('verify')!.trim().split('\n')
    expect(commands).toEqual(['npm run build', 'npm test'])
    let output = ''
    for (const command of commands) {
      const [program, ...args] = command.split(' ')
      output = await run(program!, args, { cwd: project.path(folder), env }).then(
        ({ stdout }) => stdout,
        // What the command wrote is what tells why it failed.
        ({ stdout, stderr }) => expect.unreachable(`${command}:\n${stdout}\n${stderr}`),
      )
    }
    expect(output).toMatch(/^# fail 0$/m)
    expect(output).toMatch(/^# skipped 0$/m)
    // The contract and the plugin's own test.
    expect(Number(output.match(/^# pass (\d+)$/m)![1])).toBeGreaterThan(15)
  }, 120_000)

  test('the tables list every member, and none that is not', () => {
    const own = new Set(interfaces.flatMap(declared))
    expect(new Set(members(guide(kind)))).toEqual(own)
  })
})

test('the three are found, and run together', async () => {
  const list = await project.cupel(['list', '--json'])
  const names = (JSON.parse(list.stdout) as { package: string }[]).map((plugin) => plugin.package)
  expect(names).toEqual(expect.arrayContaining(guides.map(({ folder }) => `@you/${folder}`)))
  const args = [
    'run',
    'images',
    '--metrics',
    'laplacian',
    '--attacks',
    'nifgsm',
    '--defences',
    'pixel-deflection',
    '--out',
    'out',
  ]
  const ended = await project.cupel(args)
  // none and nifgsm, each with none and pixel-deflection.
  expect(ended.stderr).toContain('4 rows: 4 ok, 0 failed, 0 n/a')
  expect(ended.code).toBe(0)
}, 120_000)

test('the example of core works as it stands', async () => {
  const example = readFileSync(join(root, 'packages/core/README.md'), 'utf8').match(/^```js\n([\s\S]*?)^```$/m)![1]!
  project.write('example.mjs', example)
  const { stdout, stderr } = await run(process.execPath, ['example.mjs'], { cwd: project.folder })
  expect(stderr).toBe('')
  const score = Number(stdout.split(' ')[0])
  // The mean of the image, 0.5, dimmed by 0.8; four draws of a defence that is not random.
  expect(score).toBeCloseTo(0.4, 3)
  expect(stdout).toContain('{ scores: 1, gradients: 0 }')
})
