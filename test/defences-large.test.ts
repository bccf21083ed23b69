import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

/** The filters, geometry and codecs, quick ones first; then networks, with few channels in place of their own. */
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
  'ffdnet',
  'dncnn',
  'bf-cnn',
  'comdefend',
  'disco',
  'real-esrgan',
  'fcn',
  'esrgan',
  'mprnet',
  'diffpure',
]

/** Those whose page states nothing: maxim refuses large images, diffpure-unsharp is two that are here. */
const unstated = ['maxim', 'diffpure-unsharp']

test('every defence is in the list', () => {
  const folders = readdirSync(path('../packages/')).filter((name) => name.startsWith('defences-'))
  const missing = folders
    .map((name) => name.replace('defences-', ''))
    .filter((name) => ![...names, ...unstated].includes(name))
  if (missing.length > 0) throw new Error(`missing: ${missing.join(', ')}; what do large images take?`)
})

/** What a defence's page promises: the sides of an image, 8,000 x 6,000 unless the defence takes less, and the gigabytes that purifying it takes. */
function promised(name: string): { readonly sides: [number, number]; readonly gigabytes: number } {
  const page = readFileSync(path(`../packages/defences-${name}/README.md`), 'utf8')
  const stated = /([\d,]+) x ([\d,]+) pixels(?:,[^,]*,)? is [\d.]+ GB of floats; purifying it takes ([\d.]+) GB/.exec(
    page,
  )
  if (!stated) throw new Error(`the README of defences-${name} does not state what large images take`)
  const [width, height, gigabytes] = stated.slice(1).map((digits) => Number(digits.replace(',', '')))
  return { sides: [width!, height!], gigabytes: gigabytes! }
}

for (const [index, name] of names.entries()) {
  const title = `${name} purifies a large image in the memory that its page states`
  if (index > 0 && !process.env['CUPEL_FULL']) test.skip(`${title} (set CUPEL_FULL)`)
  else {
    test(title, { timeout: 1_200_000 }, async () => {
      const { sides: given, gigabytes } = promised(name)
      const script = [path('support/purify-large.mjs'), name, ...given.map(String)]
      const { stdout } = await promisify(execFile)(process.execPath, script)
      const { sides, memory } = JSON.parse(stdout) as { sides: [number, number]; memory: number }
      expect(given[0] * given[1]).toBeGreaterThanOrEqual(name === 'real-esrgan' ? 2048 * 2048 : 8000 * 6000)
      expect(sides.every((side) => side >= 256)).toBe(true)
      expect(memory / 1e9).toBeLessThan(gigabytes + 0.15)
      // A page that states far more than it takes is out of date.
      expect(memory / 1e9).toBeGreaterThan(gigabytes - 0.35)
    })
  }
}
