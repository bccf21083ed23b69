import { stringify } from 'csv-stringify/sync'
import { ByteWriter, parquetWriteRows } from 'hyparquet-writer'
import type { Row } from '../rows.js'
import type { Summary } from './summary.js'

/** Every column of rows.csv and rows.parquet, in order, with its Parquet type. */
export const ROW_COLUMNS = {
  metric: 'STRING',
  attack: 'STRING',
  defence: 'STRING',
  metric_options: 'STRING',
  attack_options: 'STRING',
  defence_options: 'STRING',
  image: 'STRING',
  image_sha256: 'STRING',
  width: 'INT32',
  height: 'INT32',
  threat: 'STRING',
  attacked_metric: 'STRING',
  objective: 'STRING',
  seed: 'DOUBLE',
  draw: 'INT32',
  status: 'STRING',
  reason: 'STRING',
  better: 'STRING',
  range_low: 'DOUBLE',
  range_high: 'DOUBLE',
  score: 'DOUBLE',
  clean_score: 'DOUBLE',
  attacked_score: 'DOUBLE',
  ssim: 'DOUBLE',
  psnr: 'DOUBLE',
  linf: 'DOUBLE',
  l2: 'DOUBLE',
  registered_ssim: 'DOUBLE',
  registered_psnr: 'DOUBLE',
  attacked_ssim: 'DOUBLE',
  attacked_psnr: 'DOUBLE',
  attacked_linf: 'DOUBLE',
  attacked_l2: 'DOUBLE',
  knob: 'DOUBLE',
  score_queries: 'INT32',
  gradient_queries: 'INT32',
  gradient_kind: 'STRING',
  attack_ms: 'DOUBLE',
  purify_ms: 'DOUBLE',
  score_ms: 'DOUBLE',
  notes: 'STRING',
  flags: 'STRING',
} as const satisfies Record<keyof Row, 'STRING' | 'INT32' | 'DOUBLE'>

/** Lines of one string of CSV; a full study has more text than one string can hold. */
const CHUNK = 5000

function* csv(records: readonly object[], columns: string[]): Generator<string> {
  const options = { columns, cast: { number: String } }
  yield stringify([], { ...options, header: true })
  for (let start = 0; start < records.length; start += CHUNK)
    yield stringify(records.slice(start, start + CHUNK) as object[], options)
}

/**
 * rows.csv, as consecutive pieces of text: a header, one line a row, an empty field for null, `Infinity` for the PSNR of identical
 * images, numbers in the shortest form that reads back equal.
 */
export const rowsCsv = (rows: readonly Row[]): Generator<string> => csv(rows, Object.keys(ROW_COLUMNS))

/** summary.csv, as consecutive pieces of text: one line a cell; see {@link Summary} for the columns. */
export const summaryCsv = (summaries: readonly Summary[]): Generator<string> =>
  csv(summaries, Object.keys(summaries[0] ?? {}))

/** The bytes of rows.parquet: typed columns, nulls as nulls, infinities as such. */
export function rowsParquet(rows: readonly Row[]): Uint8Array {
  const writer = new ByteWriter()
  const columns = Object.entries(ROW_COLUMNS).map(([name, type]) => ({ name, type, nullable: type !== 'STRING' }))
  parquetWriteRows({ writer, rows: rows as Row[], columns, createdBy: 'cupel' })
  return writer.getBytes()
}
