import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

/** The filters, geometry and codecs, quick ones first. */
const names = [
  'gaussian-blur',
  'crop',
  'flip',
  'rotate',
  'resize',
  'color-quantization',
  'upscale',
  'median-blur',
  'bilateral',
  'unsharp',
  'random-noise',
  'jpeg',
  'diffjpeg',
  'webp',
  'avif',
  'tv',
]

/** The gigabytes that a defence's page promises to stay below. */
function promised(name: string): number {
  const page = readFileSync(path(`../packages/defences-${name}/README.md`), 'utf8')
  const stated = /8,000 x 6,000 pixels is 0\.6 GB of floats; purifying it takes ([\d.]+) GB/.exec(page)
  if (!stated) throw new Error(`the README of defences-${name} does not state what large images take`)
  return Number(stated[1])
}

for (const [index, name] of names.entries()) {
  const title = `${name} purifies 8,000 x 6,000 pixels in the memory that its page states`
  if (index > 0 && !process.env['CUPEL_FULL']) test.skip(`${title} (set CUPEL_FULL)`)
  else {
    test(title, { timeout: 1_200_000 }, async () => {
      const { stdout } = await promisify(execFile)(process.execPath, [path('support/purify-large.mjs'), name])
      const { sides, memory } = JSON.parse(stdout) as { sides: [number, number]; memory: number }
      expect(sides.every((side) => side >= 256)).toBe(true)
      expect(memory / 1e9).toBeLessThan(promised(name) + 0.15)
    })
  }
}
