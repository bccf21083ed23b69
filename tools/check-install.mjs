// Installs packages alone, from their packed files, with npm, each in an empty project, and uses them there in a few lines of JavaScript and of
// TypeScript: what a person gets who wants one defence in front of their own metric. What is installed is what the README says, and its example
// is run as it stands. Every defence, one metric, one attack, and the graphs; names as arguments choose among them. A defence that is a filter must bring no tensor runtime.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const folderOf = (name) => join(root, 'packages', name)
const manifestOf = (name) => JSON.parse(readFileSync(join(folderOf(name), 'package.json'), 'utf8'))
const work = mkdtempSync(join(tmpdir(), 'cupel-install-'))
const packed = new Map()

function run(command, args, cwd, env = {}) {
  return spawnSync(command, args, { cwd, encoding: 'utf8', env: { ...process.env, ...env } })
}

/** The tarball of a package, as it would be published. */
function pack(name) {
  if (!packed.has(name)) {
    const folder = join(work, 'packed', name)
    mkdirSync(folder, { recursive: true })
    const { status, stderr } = run('pnpm', ['pack', '--pack-destination', folder], folderOf(name))
    if (status !== 0) throw new Error(`packing ${name}: ${stderr}`)
    packed.set(name, join(folder, readdirSync(folder)[0]))
  }
  return packed.get(name)
}

/** A package and every package of this repository that it needs. */
function closure(name, seen = new Set()) {
  if (seen.has(name)) return seen
  seen.add(name)
  const { dependencies, peerDependencies } = manifestOf(name)
  for (const other of Object.keys({ ...dependencies, ...peerDependencies }))
    if (other.startsWith('@cupel/')) closure(other.replace('@cupel/', ''), seen)
  return seen
}

const image = [
  'const data = Float32Array.from({ length: 3 * 64 * 48 }, (_, i) => (i % 256) / 255)',
  'const image = { width: 64, height: 48, data }',
]
/** What is done with a package of each kind; the last line prints numbers. */
const uses = {
  defences: (name) => [
    `import defence from '@cupel/${name}'`,
    ...image,
    'const out = await defence().purify(image)',
    'console.log(out.width, out.height, out.data.length)',
  ],
  metrics: (name) => [
    `import metric from '@cupel/${name}'`,
    ...image,
    'console.log(await metric().score(image), (await metric().gradient!(image)).gradient.length)',
  ],
  attacks: (name) => [
    `import type { Metric } from '@cupel/core'`,
    `import attack from '@cupel/${name}'`,
    ...image,
    'const brightness: Metric = {',
    "  better: 'higher',",
    '  range: [0, 1],',
    '  score: async ({ data }) => data.reduce((sum, value) => sum + value, 0) / data.length,',
    '  gradient: async (image) => ({',
    '    score: await brightness.score(image),',
    '    gradient: new Float32Array(image.data.length).fill(1 / image.data.length),',
    "    kind: 'exact',",
    '  }),',
    '}',
    'const out = await attack().run(image, brightness)',
    'console.log(await brightness.score(image), await brightness.score(out))',
  ],
  graph: () => [
    `import { differentiate, graph, open, readModel, saveModel, tensor } from '@cupel/graph'`,
    'const g = graph()',
    "const pixels = g.input('image', [1, 3, 224, 224])",
    'const weights = Float32Array.from({ length: 3000 }, (_, i) => Math.sin(i))',
    "g.output('logits', pixels.mean([2, 3], { keep: false }).linear(g.parameter('fc', tensor(weights, [1000, 3]))))",
    "saveModel(g.model(), 'classifier.onnx')",
    'const image = tensor(new Float32Array(3 * 224 * 224).fill(0.5), [1, 3, 224, 224])',
    'const oneHot = new Float32Array(1000)',
    'oneHot[7] = 1',
    ...readmeExample('graph'),
    'console.log(logits!.data.length, grad_image!.data.length)',
  ],
}

const readme = (name) => readFileSync(join(folderOf(name), 'README.md'), 'utf8')

/** The packages of this repository that a README says to install, without their scope. */
const advised = (name) => [.../npm install (.*)/.exec(readme(name))[1].matchAll(/@cupel\/(\S+)/g)].map(([, one]) => one)

/** The example that a README gives as it is to be run; attacks and graphs have none that is whole. */
const promised = (name) => /```js\n([\s\S]*?)```/.exec(readme(name))?.[1]

/** What examples are run on. */
const photo = [`import { writeImage } from '@cupel/image'`, ...image, `await writeImage(image, 'photo.png')`]

/** The first TypeScript example of a package's README, without its imports. */
function readmeExample(name) {
  const [, code] = /```ts\n([\s\S]*?)```/.exec(readme(name))
  return code.split('\n').filter((line) => line !== '' && !line.startsWith('import'))
}

/** TypeScript as JavaScript: of the lines above, `!`, one annotation and one import of a type are all there is to take away. */
const plain = (line) =>
  line
    .replace(/^import type .*/, '')
    .replaceAll('!.', '.')
    .replace('!(', '(')
    .replace(': Metric', '')

/** Networks without weights files of their own: theirs are npm packages, or models that a person converted. */
const CONVERTED = ['defences-esrgan', 'defences-maxim']
/** In place of what a network prints whose weights or model are not on this machine. */
const ABSENT = 'it is not here'
/** What a network says that lacks something. */
const LACKS = /needs the weights file .*(cupel weights|CUPEL_CACHE)|the package .* is not installed: npm install/

/** Whether some variant of a plugin declares weights files. */
async function declaresWeights(name) {
  const { default: plugin } = await import(pathToFileURL(join(folderOf(name), 'dist', 'index.js')).href)
  return Object.values(plugin.variants).some((options) => {
    const { weights } = plugin.facts(plugin.parse(options))
    return Object.keys(weights).length > 0
  })
}

/** The tensor runtimes among everything that was installed. */
function runtimesIn(project) {
  const { packages } = JSON.parse(readFileSync(join(project, 'package-lock.json'), 'utf8'))
  const names = Object.keys(packages).map((path) => path.slice(path.lastIndexOf('node_modules/') + 13))
  return [...new Set(names.filter((name) => /^(onnxruntime-(node|web)|@tensorflow\/tfjs.*)$/.test(name)))]
}

/** @returns what can be said of the package */
async function tryAlone(name) {
  const kind = name.split('-')[0]
  const project = join(work, 'projects', name)
  mkdirSync(project, { recursive: true })
  const seen = new Set()
  for (const one of advised(name)) closure(one, seen)
  const files = Object.fromEntries([...seen].map((one) => [`@cupel/${one}`, `file:${pack(one)}`]))
  const direct = advised(name).map((one) => [`@cupel/${one}`, files[`@cupel/${one}`]])
  writeFileSync(
    join(project, 'package.json'),
    JSON.stringify({ type: 'module', private: true, dependencies: Object.fromEntries(direct), overrides: files }),
  )
  const npm = ['install', '--no-audit', '--no-fund', '--prefer-offline', '--ignore-scripts', '--loglevel=error']
  const installed = run('npm', npm, project)
  if (installed.status !== 0) throw new Error(`npm install: ${installed.stderr}`)

  const runtimes = runtimesIn(project)
  const isFilter = kind === 'defences' && !CONVERTED.includes(name) && !(await declaresWeights(name))
  if (isFilter && runtimes.length > 0) throw new Error(`is a filter and brings ${runtimes.join(', ')}`)

  const lines = uses[kind](name)
  writeFileSync(join(project, 'use.ts'), lines.join('\n'))
  writeFileSync(join(project, 'use.js'), lines.map(plain).join('\n'))
  const use = (env) => run(process.execPath, ['use.js'], project, env)
  let used = use({ CUPEL_CACHE: join(work, 'no-weights') })
  let said = ''
  if (used.status !== 0 && LACKS.test(used.stderr)) {
    said = 'says what it lacks; '
    // Weights that are on this machine.
    used = use({})
    if (used.status !== 0 && LACKS.test(used.stderr)) used = { status: 0, stdout: ABSENT }
  }
  if (used.status !== 0) throw new Error(`use.js: ${used.stderr}`)
  if (promised(name) && used.stdout !== ABSENT) {
    writeFileSync(join(project, 'photo.js'), photo.join('\n'))
    writeFileSync(join(project, 'readme.js'), promised(name))
    for (const script of ['photo.js', 'readme.js']) {
      const { status, stderr } = run(process.execPath, [script], project)
      if (status !== 0) throw new Error(`the README's example (${script}): ${stderr}`)
    }
  }
  if (!said && !/^[\d.]+( [\d.]+)+$/m.test(used.stdout)) throw new Error(`use.js printed ${used.stdout}`)
  const flags = '--noEmit --strict --module nodenext --target es2022 --lib es2022,dom --types'.split(' ')
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  const types = run(process.execPath, [tsc, ...flags, '', 'use.ts'], project)
  if (types.status !== 0) throw new Error(`use.ts: ${types.stdout}`)
  rmSync(project, { recursive: true })
  const what = isFilter ? 'no tensor runtime' : `brings ${runtimes.join(', ') || 'no tensor runtime'}`
  return `${said}${used.stdout.trim()} (${what})`
}

const wanted = process.argv.slice(2)
const names = [...readdirSync(join(root, 'packages')).filter((name) => name.startsWith('defences-'))]
names.push('metrics-nss', 'attacks-ifgsm', 'graph')
const chosen = names.filter((name) => wanted.length === 0 || wanted.some((one) => name.endsWith(one)))
let problems = 0
try {
  for (const name of chosen) {
    try {
      console.log(`${name}: ${await tryAlone(name)}`)
    } catch (error) {
      problems++
      console.error(`${name}: ${error.message}`)
    }
  }
} finally {
  rmSync(work, { recursive: true, force: true })
}
console.log(`${chosen.length} packages installed alone, ${problems} problems`)
process.exit(problems > 0 ? 1 : 0)
