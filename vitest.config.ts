import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const packages = fileURLToPath(new URL('./packages/', import.meta.url))

/** Sources of sibling packages are tested as they are, without a build in between. */
const sources = {
  name: 'cupel-sources',
  enforce: 'pre' as const,
  resolveId(id: string) {
    const [, name, sub = 'index'] = /^@cupel\/([^/]+)(?:\/(.+))?$/.exec(id) ?? []
    if (name === undefined) return undefined
    const base = `${packages}${name}/src/${sub}`
    return [`${base}.ts`, `${base}/index.ts`].find((path) => existsSync(path))
  },
}

export default defineConfig({
  plugins: [sources],
  test: {
    include: ['packages/*/test/**/*.test.ts', 'test/**/*.test.{ts,mjs}'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: '100%',
  },
})
