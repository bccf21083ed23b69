// What `npm start`, `npm test` and `npm run check` do: install, build, then the thing itself. Works where there is only Node and npm; once installed, offline.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const tools = join(root, '.tools')
const windows = process.platform === 'win32'
const env = {
  ...process.env,
  TURBO_TELEMETRY_DISABLED: '1',
  PATH: [join(root, 'node_modules', '.bin'), join(tools, 'node_modules', '.bin'), process.env.PATH].join(delimiter),
}

function run(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, { cwd: root, env, stdio: 'inherit', shell: windows, ...options })
  if (error) console.error(`${command}: ${error.message}`)
  if (status !== 0) process.exit(status ?? 1)
}

/** The workspace is laid out for this major of pnpm; another one that is on the PATH is left alone. */
function ensurePnpm() {
  const { stdout } = spawnSync('pnpm', ['--version'], { cwd: tools, env, encoding: 'utf8', shell: windows })
  if (stdout?.startsWith('12.')) return
  console.error('pnpm 12 is not installed; fetching a copy into .tools')
  writeFileSync(join(tools, 'package.json'), '{ "private": true }\n')
  run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', 'pnpm@12'], { cwd: tools })
}

/** Installs when the lockfile is not the one that was installed last, so that an installed tree needs no network. */
function install() {
  mkdirSync(tools, { recursive: true })
  ensurePnpm()
  const stamp = join(root, 'node_modules', '.installed')
  const lockfile = createHash('sha256')
    .update(readFileSync(join(root, 'pnpm-lock.yaml')))
    .digest('hex')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lockfile) return
  run('pnpm', ['install', '--frozen-lockfile', '--loglevel=warn'])
  writeFileSync(stamp, lockfile)
}

const build = () => run('turbo', ['run', 'build', '--output-logs=errors-only', '--log-order=grouped'])

const packages = readdirSync(join(root, 'packages')).map((name) => join(root, 'packages', name))

/** What each command does once everything is installed and built. */
const commands = {
  start: (rest) =>
    run(process.execPath, [
      join(root, 'packages', 'runner', 'bin', 'cupel.js'),
      'run',
      '--config',
      'demo.json',
      ...rest,
    ]),
  test: (rest) => run('vitest', ['run', ...rest]),
  check() {
    run('biome', ['ci', '.'])
    run('tsc', ['-p', '.'])
    run('knip', ['--no-config-hints'])
    run(process.execPath, [join(root, 'tools', 'readme.mjs'), '--check', ...packages])
    run(process.execPath, [join(root, 'tools', 'pages.mjs'), '--check'])
    run(process.execPath, [join(root, 'tools', 'check-packages.mjs')])
  },
}

const [what, ...rest] = process.argv.slice(2)
const command = commands[what]
if (!command) throw new Error(`expected ${Object.keys(commands).join(', ')}, found ${what}`)
install()
build()
command(rest)
