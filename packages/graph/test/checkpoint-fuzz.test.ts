import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CheckpointError, readCheckpoint } from '@cupel/graph/checkpoint'
import { afterAll, describe, expect, test } from 'vitest'
import { formats } from './checkpoint-fuzz/formats.js'
import { Random } from './checkpoint-fuzz/random.js'

// CUPEL_FUZZ=20000 npx vitest run packages/graph/test/checkpoint-fuzz.test.ts
const count = Number(process.env['CUPEL_FUZZ'] ?? 60)
const seed = Number(process.env['CUPEL_FUZZ_SEED'] ?? 1)
/** No file of a few kB may take longer, in seconds of the processor, or bring the process to hold more. */
const mostSeconds = 2
const mostBytes = 512 * 2 ** 20

/** Errors from before a reader has come to what it is there for: signatures, zip directories, checksums, decompression, syntax. */
const outer =
  /is no JSON|is no YAML|of a known format|this is |the zip file is|checksum|compressed data|unpacked bytes|compressed by method|is encrypted/

const folder = mkdtempSync(join(tmpdir(), 'cupel-fuzz-'))
afterAll(() => rmSync(folder, { recursive: true }))

async function readAll(path: string): Promise<void> {
  const checkpoint = await readCheckpoint(path)
  for (const key of checkpoint.keys) checkpoint.at(key)
  for (const stored of checkpoint.tensors.values()) await stored.read()
}

describe(`${count} damaged files of each format: only typed errors, in bounded time and memory`, () => {
  test.each(Object.keys(formats))('%s', { timeout: 1000 * (30 + count) }, async (format) => {
    const damage = await formats[format]!()
    const path = join(folder, format)
    const start = process.memoryUsage.rss()
    let [read, deep, slowest, slow, largest] = [0, 0, 0, 0, 0]
    for (let i = 0; i < count; i++) {
      writeFileSync(path, damage(new Random(seed * 1_000_003 + i)))
      const before = process.cpuUsage()
      try {
        await readAll(path)
        read++
        deep++
      } catch (error) {
        if (!(error instanceof CheckpointError) || error.path !== path) {
          throw new Error(`file ${i} of seed ${seed}: ${error instanceof Error ? error.stack : error}`, {
            cause: error,
          })
        }
        if (!outer.test(error.found)) deep++
      }
      const used = process.cpuUsage(before)
      const took = (used.user + used.system) / 1000
      if (took > slowest) [slowest, slow] = [took, i]
      if (i % 50 === 0) largest = Math.max(largest, process.memoryUsage.rss() - start)
    }
    const facts = `${read} read, ${count - read} refused, ${deep} past the container; slowest ${slowest.toFixed(0)} ms (file ${slow})`
    console.info(`${format}: ${facts}; memory grew by at most ${(largest / 2 ** 20).toFixed(0)} MiB`)
    expect(deep / count).toBeGreaterThanOrEqual(0.5)
    expect(slowest / 1000).toBeLessThan(mostSeconds)
    expect(largest).toBeLessThan(mostBytes)
  })
})
