import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CupelError, imageOf } from '@cupel/core'
import { encodePng, readImage } from '@cupel/image'
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet'
import type { RunManifest } from './manifest.js'
import type { Example } from './plan/examples.js'
import {
  type ExamplePanel,
  figures,
  renderReport,
  rowsCsv,
  rowsParquet,
  summarise,
  summaryCsv,
} from './report/index.js'
import type { Row } from './rows.js'
import { makeFolder } from './store/folder.js'
import { imageFile, writeWhole } from './store/store.js'

/** What the files of a run are made from. */
export interface Results {
  readonly rows: readonly Row[]
  readonly manifest: RunManifest
  readonly examples: readonly Example[]
  /** Opinion scores by image name. */
  readonly mos?: ReadonlyMap<string, number>
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`

/** How much a difference is amplified to be seen. */
const AMPLIFIED = 10

/** What the attack changed, amplified about mid-gray. */
async function difference(clean: string, attacked: string): Promise<Buffer> {
  const [a, b] = [await readImage(clean), await readImage(attacked)]
  return encodePng(imageOf(a.width, a.height, (i) => 0.5 + AMPLIFIED * (b.data[i]! - a.data[i]!)))
}

/** The pictures of an example, with one of what the attack changed. */
async function withPictures(example: Example, store: string) {
  const panels: ExamplePanel[] = example.panels.map(({ label, hash, score }) => ({
    label,
    score,
    png: readFileSync(imageFile(store, hash)),
  }))
  const [clean, attacked] = example.panels.map(({ hash }) => imageFile(store, hash)) as [string, string]
  const png = await difference(clean, attacked)
  panels.splice(2, 0, { label: 'difference', score: null, png, caption: `times ${AMPLIFIED}` })
  return { ...example, panels }
}

/**
 * Writes manifest.json, rows.csv, rows.parquet, summary.csv, figures/ and report.html, each whole or not at all.
 *
 * @param folder the run's folder, with its store
 */
export async function writeOutputs(folder: string, { rows, manifest, examples, mos }: Results): Promise<void> {
  const store = join(folder, 'store')
  const summaries = summarise(rows, mos && { mos })
  makeFolder(join(folder, 'figures'))
  writeWhole(join(folder, 'manifest.json'), json(manifest))
  writeWhole(join(store, 'examples.json'), json(examples))
  writeWhole(join(folder, 'rows.csv'), rowsCsv(rows))
  writeWhole(join(folder, 'rows.parquet'), rowsParquet(rows))
  writeWhole(join(folder, 'summary.csv'), summaryCsv(summaries))
  for (const { name, svg } of figures(rows, summaries)) writeWhole(join(folder, 'figures', `${name}.svg`), svg)
  const pictures = await Promise.all(examples.map((example) => withPictures(example, store)))
  const report = await renderReport({ rows, manifest, examples: pictures, summaries, ...(mos && { mos }) })
  writeWhole(join(folder, 'report.html'), report)
}

/**
 * Reads back what {@link writeOutputs} was given.
 *
 * @throws {CupelError} when the folder is not that of a finished run
 */
export async function readOutputs(folder: string): Promise<Results> {
  const files = ['rows.parquet', 'manifest.json', join('store', 'examples.json')].map((name) => join(folder, name))
  const missing = files.filter((file) => !existsSync(file))
  if (missing.length > 0) {
    throw new CupelError(
      `${folder} is not the folder of a finished run: ${missing.join(', ')} missing; cupel run --out ${folder} makes or finishes it`,
    )
  }
  const [parquet, manifest, examples] = files as [string, string, string]
  const rows = await parquetReadObjects({ file: await asyncBufferFromFile(parquet) })
  return {
    rows: rows as unknown as Row[],
    manifest: JSON.parse(readFileSync(manifest, 'utf8')),
    examples: JSON.parse(readFileSync(examples, 'utf8')),
  }
}
