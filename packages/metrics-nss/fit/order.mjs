// Prints how well the metric orders the levels of KADID-10k's blur, noise and JPEG, on the images of a list that had no part in
// the fit (by default the test split, 80 images), and what scores they have:
//   pnpm --filter @cupel/metrics-nss... build && node packages/metrics-nss/fit/order.mjs [LIST]
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readImage } from '@cupel/image'
import nss from '../dist/index.js'
import { levels, order } from './kadid.mjs'

const data = process.env.CUPEL_DATA ?? fileURLToPath(new URL('../../../../shared/data', import.meta.url))
const list = process.argv[2] ?? join(data, 'nips2017', 'test.txt')
const paths = readFileSync(list, 'utf8').split('\n').filter(Boolean)
const images = await Promise.all(paths.map((path) => readImage(join(dirname(list), path))))

const { clean, ...kinds } = await order(nss(), images)
const sorted = [...clean].sort((a, b) => a - b)
const percentile = (share) => sorted[Math.round(share * (sorted.length - 1))].toFixed(1)
console.log(
  `${images.length} images; clean: 10 % ${percentile(0.1)}, median ${percentile(0.5)}, 90 % ${percentile(0.9)}`,
)
for (const [kind, { within, pooled, medians }] of Object.entries(kinds)) {
  const each = medians.map((score, level) => `${levels[kind][level]}: ${score.toFixed(1)}`).join(', ')
  console.log(`${kind}: SROCC ${within.toFixed(3)} within an image, ${pooled.toFixed(3)} pooled; medians ${each}`)
}
