// Learns pristine.json, the model of pristine photographs, from the images that a list names, one path a line, relative to it:
//   pnpm --filter @cupel/metrics-nss... build && node packages/metrics-nss/fit/fit.mjs [LIST]
// What the package ships was made from the training split (320 photographs) of the NIPS 2017 adversarial competition's
// development set. Nothing here is random: the same images give the same file.
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { graph, open, pixels } from '@cupel/graph'
import { readImage } from '@cupel/image'
import { whitening } from '@cupel/scene-statistics'
import { features, names } from '../dist/features.js'

/** How far covariances are drawn to 0: few photographs say little about them, and distances would follow their noise. */
const shrinkage = 0.4

const data = process.env.CUPEL_DATA ?? fileURLToPath(new URL('../../../../shared/data', import.meta.url))
const list = process.argv[2] ?? join(data, 'nips2017', 'train.txt')
const paths = readFileSync(list, 'utf8').split('\n').filter(Boolean)

const g = graph('features')
g.output('features', features(g, g.input('image', [1, 3, 'height', 'width'])))
const session = await open(g.model())
const rows = []
for (const path of paths) {
  const { features: row } = await session.run({ image: pixels(await readImage(join(dirname(list), path))) })
  rows.push([...row.data])
  if (rows.length % 40 === 0) console.error(`${rows.length} of ${paths.length} images`)
}

const mean = names.map((_, i) => rows.reduce((sum, row) => sum + row[i], 0) / rows.length)
const covariance = names.map((_, i) =>
  names.slice(0, i + 1).map((_, j) => {
    const sum = rows.reduce((total, row) => total + (row[i] - mean[i]) * (row[j] - mean[j]), 0)
    return (sum / (rows.length - 1)) * (i === j ? 1 : 1 - shrinkage)
  }),
)
const short = (value) => Number(value.toPrecision(8))
const model = { features: names, mean: mean.map(short), covariance: covariance.map((row) => row.map(short)) }

const white = whitening(model.covariance)
const distances = rows
  .map((row) => white.reduce((sum, w) => sum + w.reduce((d, v, j) => d + v * (row[j] - model.mean[j]), 0) ** 2, 0))
  .sort((a, b) => a - b)
const middle = distances.length / 2
const median = short((distances[Math.ceil(middle) - 1] + distances[Math.floor(middle)]) / 2)

const lines = Object.entries({ ...model, median }).map(([name, value]) =>
  name === 'covariance'
    ? `  "covariance": [\n${value.map((row) => `    ${JSON.stringify(row)}`).join(',\n')}\n  ]`
    : `  ${JSON.stringify(name)}: ${JSON.stringify(value)}`,
)
writeFileSync(new URL('../pristine.json', import.meta.url), `{\n${lines.join(',\n')}\n}\n`)
console.log(`pristine.json from ${rows.length} images: ${names.length} features, median squared distance ${median}`)
