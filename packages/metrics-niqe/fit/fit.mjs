// Learns pristine.json, the model of pristine photographs, from the images that a list names, one path a line, relative to it:
//   pnpm --filter @cupel/metrics-niqe... build && node packages/metrics-niqe/fit/fit.mjs [LIST]
// What the package ships was made from the training split (320 photographs) of the NIPS 2017 adversarial competition's
// development set. As in the paper, of each photograph the blocks count whose sharpness is above 0.75 of its sharpest one's.
// Nothing here is random: the same images give the same file.
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readImage } from '@cupel/image'
import { blocks } from '../dist/features.js'
import { gaussianOf } from '../dist/model.js'

const data = process.env.CUPEL_DATA ?? fileURLToPath(new URL('../../../../shared/data', import.meta.url))
const list = process.argv[2] ?? join(data, 'nips2017', 'train.txt')

const rows = []
for (const path of readFileSync(list, 'utf8').split('\n').filter(Boolean)) {
  const found = blocks(await readImage(join(dirname(list), path)))
  const sharpest = Math.max(...found.map(({ sharpness }) => sharpness))
  rows.push(...found.filter(({ sharpness }) => sharpness > 0.75 * sharpest).map(({ features }) => features))
}
const { mean, covariance } = gaussianOf(rows)
const short = (values) => `[${values.map((value) => Number(value.toPrecision(8))).join(', ')}]`
writeFileSync(
  new URL('../pristine.json', import.meta.url),
  `{\n  "mean": ${short(mean)},\n  "covariance": [\n${covariance.map((row) => `    ${short(row)}`).join(',\n')}\n  ]\n}\n`,
)
console.log(`pristine.json from ${rows.length} blocks`)
