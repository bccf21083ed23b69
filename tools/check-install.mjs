// Installs every defence alone, from its packed files, with npm, in an empty project, and uses it there in five lines of JavaScript and of
// TypeScript: what a person gets who wants one defence in front of their own metric. Names as arguments choose among them.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const manifestOf = (name) => JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8'))
const short = (name) => name.replace('@cupel/', '')
const internal = ({ dependencies = {}, peerDependencies = {} }) =>
  Object.keys({ ...dependencies, ...peerDependencies })
    .filter((name) => name.startsWith('@cupel/'))
    .map(short)

const work = mkdtempSync(join(tmpdir(), 'cupel-install-'))
const packed = new Map()

/** The tarball of a package, as it would be published. */
function pack(name) {
  if (!packed.has(name)) {
    const folder = join(work, 'packed', name)
    mkdirSync(folder, { recursive: true })
    const { status, stderr } = spawnSync('pnpm', ['pack', '--pack-destination', folder], {
      cwd: join(root, 'packages', name),
      encoding: 'utf8',
    })
    if (status !== 0) throw new Error(`packing ${name}: ${stderr}`)
    packed.set(name, join(folder, readdirSync(folder)[0]))
  }
  return packed.get(name)
}

/** A package and every package of this repository that it needs. */
function closure(name, seen = new Set()) {
  if (seen.has(name)) return seen
  seen.add(name)
  for (const other of internal(manifestOf(name))) closure(other, seen)
  return seen
}

const lines = (name) => [
  `import defence from '@cupel/${name}'`,
  'const data = Float32Array.from({ length: 3 * 64 * 48 }, (_, i) => (i % 256) / 255)',
  'const out = await defence().purify({ width: 64, height: 48, data })',
  'console.log(out.width, out.height, out.data.length)',
]

/** @returns what went wrong, or undefined */
function tryAlone(name) {
  const project = join(work, 'projects', name)
  mkdirSync(project, { recursive: true })
  const files = Object.fromEntries([...closure(name)].map((one) => [`@cupel/${one}`, `file:${pack(one)}`]))
  const direct = { [`@cupel/${name}`]: files[`@cupel/${name}`], '@cupel/core': files['@cupel/core'] }
  writeFileSync(
    join(project, 'package.json'),
    JSON.stringify({ type: 'module', private: true, dependencies: direct, overrides: files }),
  )
  const npm = ['install', '--no-audit', '--no-fund', '--prefer-offline', '--ignore-scripts', '--loglevel=error']
  const installed = spawnSync('npm', npm, { cwd: project, encoding: 'utf8' })
  if (installed.status !== 0) return `npm install: ${installed.stderr}`

  writeFileSync(join(project, 'use.js'), lines(name).join('\n'))
  writeFileSync(join(project, 'use.ts'), lines(name).join('\n'))
  const env = { ...process.env, CUPEL_CACHE: join(work, 'no-weights') }
  const { status, stdout, stderr } = spawnSync(process.execPath, ['use.js'], { cwd: project, encoding: 'utf8', env })
  const wantsFile = /weights file|cupel weights|needs the package|not installed/.test(stderr)
  if (status !== 0 && !wantsFile) return `use.js: ${stderr}`
  if (status === 0 && !/^\d+ \d+ \d+$/m.test(stdout)) return `use.js printed ${stdout}`
  const flags = [
    '--noEmit',
    '--strict',
    '--module',
    'nodenext',
    '--target',
    'es2022',
    '--lib',
    'es2022,dom',
    '--types',
    '',
    'use.ts',
  ]
  const types = spawnSync(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), ...flags], {
    cwd: project,
    encoding: 'utf8',
  })
  if (types.status !== 0) return `use.ts: ${types.stdout}`
  const runtimes = ['onnxruntime-node', '@tensorflow/tfjs'].filter((one) =>
    existsSync(join(project, 'node_modules', one)),
  )
  console.log(
    `${name}: ${status === 0 ? stdout.trim() : 'asks for its weights'}${runtimes.length > 0 ? ` (brings ${runtimes.join(', ')})` : ''}`,
  )
  rmSync(project, { recursive: true })
  return undefined
}

const wanted = process.argv.slice(2)
const defences = readdirSync(join(root, 'packages')).filter(
  (name) => name.startsWith('defences-') && (wanted.length === 0 || wanted.some((one) => name.endsWith(one))),
)
const problems = []
try {
  for (const name of defences) {
    const problem = tryAlone(name)
    if (problem) problems.push(`${name}: ${problem}`)
  }
} finally {
  rmSync(work, { recursive: true, force: true })
}
for (const problem of problems) console.error(problem)
console.log(`${defences.length} defences installed alone, ${problems.length} problems`)
process.exit(problems.length > 0 ? 1 : 0)
