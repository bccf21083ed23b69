// Builds the package in the current folder: src/ to dist/, plain ESM and declarations, with the options of the root
// tsconfig.json. It exists so that a plugin package needs no build configuration of its own.
import { spawnSync } from 'node:child_process'
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const here = process.cwd()
const cache = join(here, 'node_modules', '.cache')
mkdirSync(cache, { recursive: true })
const fresh = join(cache, 'dist')
rmSync(fresh, { recursive: true, force: true })

const config = join(cache, 'tsconfig.json')
const to = (path) => relative(cache, path)
writeFileSync(
  config,
  JSON.stringify({
    extends: to(join(root, 'tsconfig.json')),
    // Sibling packages are seen through their own dist/, as a user of the published package would see them.
    compilerOptions: {
      noEmit: false,
      declaration: true,
      rootDir: to(join(here, 'src')),
      outDir: to(fresh),
      paths: {},
    },
    include: [to(join(here, 'src'))],
  }),
)
const { status } = spawnSync(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', config], {
  stdio: 'inherit',
})
if (status !== 0) process.exit(status ?? 1)
// Swapped in when it is whole, so that what runs meanwhile does not find half a package.
rmSync(join(here, 'dist'), { recursive: true, force: true })
renameSync(fresh, join(here, 'dist'))
