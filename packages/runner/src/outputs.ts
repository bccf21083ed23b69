import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CupelError } from '@cupel/core'
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet'
import type { RunManifest } from './manifest.js'
import type { Example } from './plan/examples.js'
import { figures, renderReport, rowsCsv, rowsParquet, summarise, summaryCsv } from './report/index.js'
import type { Row } from './rows.js'
import { openStore, writeWhole } from './store/store.js'

/** What the files of a run are made from. */
export interface Results {
  readonly rows: readonly Row[]
  readonly manifest: RunManifest
  readonly examples: readonly Example[]
  /** Opinion scores by image name. */
  readonly mos?: ReadonlyMap<string, number>
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`

/**
 * Writes manifest.json, rows.csv, rows.parquet, summary.csv, figures/ and report.html, each whole or not at all.
 *
 * @param folder the run's folder, with its store
 */
export async function writeOutputs(folder: string, { rows, manifest, examples, mos }: Results): Promise<void> {
  const { imagePath } = openStore(join(folder, 'store'))
  const summaries = summarise(rows, mos && { mos })
  mkdirSync(join(folder, 'figures'), { recursive: true })
  writeWhole(join(folder, 'manifest.json'), json(manifest))
  writeWhole(join(folder, 'store', 'examples.json'), json(examples))
  writeWhole(join(folder, 'rows.csv'), [...rowsCsv(rows)].join(''))
  writeWhole(join(folder, 'rows.parquet'), rowsParquet(rows))
  writeWhole(join(folder, 'summary.csv'), [...summaryCsv(summaries)].join(''))
  for (const { name, svg } of figures(rows, summaries)) writeWhole(join(folder, 'figures', `${name}.svg`), svg)
  const strips = examples.map((example) => ({
    ...example,
    panels: example.panels.map(({ label, hash, score }) => ({ label, score, png: readFileSync(imagePath(hash)) })),
  }))
  writeWhole(join(folder, 'report.html'), await renderReport({ rows, manifest, examples: strips, ...(mos && { mos }) }))
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
