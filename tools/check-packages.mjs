// Checks every public package as its users would get it: publint and attw on the packed files, and what a package of Cupel must have.
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'

const root = fileURLToPath(new URL('..', import.meta.url))
const packages = readdirSync(join(root, 'packages')).map((name) => join(root, 'packages', name))
const execute = promisify(execFile)
const problems = []
let checked = 0

/** What every package has, so that people find in each what they found in another. */
function checkParts(folder, manifest) {
  const missing = ['README.md', 'src/index.ts', 'dist/index.js', 'test'].filter(
    (part) => !existsSync(join(folder, part)),
  )
  if (missing.length > 0) problems.push(`${manifest.name}: lacks ${missing.join(', ')}`)
  for (const field of ['description', 'license', 'engines', 'exports', 'files']) {
    if (!manifest[field]) problems.push(`${manifest.name}: package.json lacks "${field}"`)
  }
  const kind = /^@cupel\/(metric|attack|defence)s-/.exec(manifest.name)?.[1]
  if (kind && (manifest.cupel?.kind !== kind || !manifest.peerDependencies?.['@cupel/core'])) {
    problems.push(
      `${manifest.name}: a ${kind} plugin needs "cupel": { "kind": "${kind}", "api": 1 } and @cupel/core as a peer dependency`,
    )
  }
}

/** What the README's examples import must be what its install line brings. */
function checkReadme(folder, manifest) {
  const text = readFileSync(join(folder, 'README.md'), 'utf8')
  const installed = /npm install ([^\n]*)/.exec(text)?.[1].split(' ') ?? []
  const imported = [...text.matchAll(/from '(@cupel\/[^/']+)/g)].map(([, name]) => name)
  const missing = [...new Set(imported)].filter((name) => !installed.includes(name))
  if (missing.length > 0) problems.push(`${manifest.name}: its README's install line lacks ${missing.join(', ')}`)
}

async function check(folder) {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  if (manifest.private) return
  checked++
  checkParts(folder, manifest)
  checkReadme(folder, manifest)
  const { messages, pkg } = await publint({ pkgDir: folder, strict: true, pack: 'pnpm' })
  for (const message of messages) problems.push(`${manifest.name}: ${formatMessage(message, pkg)}`)
  const packed = mkdtempSync(join(tmpdir(), 'cupel-pack-'))
  try {
    await execute('pnpm', ['pack', '--pack-destination', packed], { cwd: folder })
    const tarball = join(packed, readdirSync(packed)[0])
    const options = ['--profile', 'esm-only', '--format', 'ascii', '--no-color']
    await execute(join(root, 'node_modules', '.bin', 'attw'), [tarball, ...options], { cwd: root })
  } catch ({ message, stdout, stderr }) {
    problems.push(`${manifest.name}: ${message}\n${stdout}${stderr}`)
  } finally {
    rmSync(packed, { recursive: true, force: true })
  }
}

const queue = [...packages]
async function lane() {
  for (let folder = queue.shift(); folder; folder = queue.shift()) await check(folder)
}
await Promise.all(Array.from({ length: availableParallelism() }, lane))
for (const problem of problems) console.error(problem)
console.log(`${checked} packages checked, ${problems.length} problems`)
process.exit(problems.length > 0 ? 1 : 0)
