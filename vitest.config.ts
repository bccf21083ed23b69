import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const packages = fileURLToPath(new URL('./packages/', import.meta.url))

export default defineConfig({
  resolve: {
    // Sources of sibling packages are tested as they are, without a build in between.
    alias: [
      {
        find: /^@cupel\/([^/]+)(\/.+)?$/,
        replacement: '$1$2',
        customResolver: (id) => {
          const [name, ...sub] = id.split('/')
          const base = `${packages}${name}/src/${sub.join('/') || 'index'}`
          return [`${base}.ts`, `${base}/index.ts`].find((path) => existsSync(path))
        },
      },
    ],
  },
  test: {
    include: ['packages/*/src/**/*.test.ts', 'packages/*/test/**/*.test.ts', 'test/**/*.test.ts'],
    testTimeout: 30_000,
    pool: 'forks',
  },
})
