import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { parse } from 'csv-parse/sync'
import { parquetReadObjects } from 'hyparquet'
import { afterAll, describe, expect, it } from 'vitest'
import { ROW_COLUMNS, rowsCsv, rowsParquet, summaryCsv } from '../src/report/export.js'
import { summarise } from '../src/report/summary.js'
import type { Row } from '../src/rows.js'
import { syntheticRows } from './report-rows.js'

const rows = syntheticRows()
const summaries = summarise(rows)
const folder = mkdtempSync(join(tmpdir(), 'cupel-report-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** A field of CSV as the value it was written from. */
const typed = (value: string, column: keyof Row) =>
  ROW_COLUMNS[column] === 'STRING' ? value : value === '' ? null : Number(value)

describe('rows.csv', () => {
  it('reads back equal: nulls, infinities, quotes and every digit', () => {
    const records: Record<keyof Row, string>[] = parse([...rowsCsv(rows)].join(''), { columns: true })
    const back = records.map((record) =>
      Object.fromEntries(
        (Object.keys(record) as (keyof Row)[]).map((column) => [column, typed(record[column], column)]),
      ),
    )
    expect(back).toEqual(rows)
  })
  it('has a header, in order, even without rows', () => {
    expect([...rowsCsv([])].join('')).toBe(`${Object.keys(ROW_COLUMNS).join(',')}\n`)
    expect(Object.keys(ROW_COLUMNS)).toEqual(Object.keys(rows[0]!))
  })
  it('comes in pieces that join into the same text', () => {
    const many = Array.from({ length: 12 }, () => rows.slice(0, 1000)).flat()
    const pieces = [...rowsCsv(many)]
    expect(pieces.length).toBeGreaterThan(3)
    expect(parse(pieces.join(''), { columns: true })).toHaveLength(12000)
  })
})

describe('rows.parquet', () => {
  it('reads back equal, column by column', async () => {
    const bytes = rowsParquet(rows)
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer
    expect(await parquetReadObjects({ file })).toEqual(rows)
  })
  it('keeps its columns without rows', async () => {
    const bytes = rowsParquet([])
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer
    expect(await parquetReadObjects({ file })).toEqual([])
  })
})

describe('DuckDB', () => {
  const query = async (sql: string) => {
    writeFileSync(join(folder, 'rows.parquet'), rowsParquet(rows))
    writeFileSync(join(folder, 'rows.csv'), [...rowsCsv(rows)].join(''))
    const connection = await (await DuckDBInstance.create()).connect()
    return (await connection.runAndReadAll(sql.replaceAll('FOLDER', folder))).getRowObjectsJS()
  }

  it('finds the types and nulls of rows.parquet', async () => {
    const [found] =
      await query(`SELECT count(*)::INT AS total, count(score)::INT AS scored, count(*) FILTER (isinf(psnr))::INT AS infinite,
      typeof(any_value(score)) AS score, typeof(any_value(width)) AS width, typeof(any_value(metric)) AS metric FROM 'FOLDER/rows.parquet'`)
    expect(found).toEqual({
      total: rows.length,
      scored: rows.filter((row) => row.score !== null).length,
      infinite: rows.filter((row) => row.psnr === Number.POSITIVE_INFINITY).length,
      score: 'DOUBLE',
      width: 'INTEGER',
      metric: 'VARCHAR',
    })
  })
  it('recomputes Gain, SROCC and quality from rows.parquet alone', async () => {
    const cells = await query(`
      WITH ok AS (SELECT * FROM 'FOLDER/rows.parquet' WHERE status = 'ok' AND score IS NOT NULL AND clean_score IS NOT NULL),
      ranks AS (SELECT *,
        rank() OVER (PARTITION BY metric, attack, defence, draw ORDER BY score) + (count(*) OVER (PARTITION BY metric, attack, defence, draw, score) - 1) / 2 AS rank_score,
        rank() OVER (PARTITION BY metric, attack, defence, draw ORDER BY clean_score) + (count(*) OVER (PARTITION BY metric, attack, defence, draw, clean_score) - 1) / 2 AS rank_clean
        FROM ok),
      draws AS (SELECT metric, attack, defence, draw, corr(rank_score, rank_clean) AS srocc FROM ranks GROUP BY ALL),
      correlations AS (SELECT metric, attack, defence, avg(srocc) AS srocc FROM draws GROUP BY ALL)
      SELECT metric, attack, defence, avg(abs(clean_score - score) / clean_score) AS gain,
        avg(ssim + CASE WHEN isinf(psnr) THEN 150 ELSE psnr END / 80) / 2 AS quality, any_value(srocc) AS srocc
      FROM ok JOIN correlations USING (metric, attack, defence) GROUP BY ALL`)
    const numbered = summaries.filter((cell) => cell.n > 0)
    expect(cells).toHaveLength(numbered.length)
    for (const cell of numbered) {
      const found = cells.find(
        (one) => one['metric'] === cell.metric && one['attack'] === cell.attack && one['defence'] === cell.defence,
      )!
      for (const of of ['gain', 'srocc', 'quality'] as const)
        expect(found[of], `${of} of ${cell.attack} → ${cell.defence}`).toBeCloseTo(cell[of]!, 10)
    }
  })
  it('reads the same rows from rows.csv', async () => {
    const [different] = await query(
      `SELECT count(*)::INT AS n FROM (SELECT metric, attack, defence, image, draw, score, psnr FROM 'FOLDER/rows.parquet' EXCEPT
       SELECT metric, attack, defence, image, draw, score::DOUBLE, psnr::DOUBLE FROM read_csv('FOLDER/rows.csv'))`,
    )
    expect(different).toEqual({ n: 0 })
  })
})

describe('summary.csv', () => {
  it('reads back equal', () => {
    const records: Record<string, string>[] = parse([...summaryCsv(summaries)].join(''), { columns: true })
    expect(records).toHaveLength(summaries.length)
    for (const [i, record] of records.entries()) {
      for (const [column, value] of Object.entries(summaries[i]!))
        expect(record[column]).toBe(value === null ? '' : String(value))
    }
  })
})
