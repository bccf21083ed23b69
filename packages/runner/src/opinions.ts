import { readFileSync } from 'node:fs'
import { CupelError } from '@cupel/core'
import { parse } from 'csv-parse/sync'

/**
 * Opinion scores by image name: a CSV file with a header, whose first column that holds file names is the image and whose
 * column named mos, dmos or score (any case), else its first column of numbers, is the opinion.
 *
 * @throws {CupelError} when the file cannot be read as that
 */
export function readOpinions(path: string): Map<string, number> {
  let records: Record<string, string>[]
  try {
    records = parse(readFileSync(path), { columns: true, skip_empty_lines: true, trim: true, bom: true })
  } catch (error) {
    throw new CupelError(`--mos ${path}: ${(error as Error).message}`)
  }
  const columns = Object.keys(records[0] ?? {})
  const all = (column: string, test: (value: string) => boolean): boolean =>
    records.every((record) => test(record[column] ?? ''))
  const isNumber = (value: string): boolean => value !== '' && Number.isFinite(Number(value))
  const image = columns.find(
    (column) => !all(column, isNumber) && new Set(records.map((record) => record[column])).size === records.length,
  )
  const numbers = columns.filter((column) => all(column, isNumber))
  const score = numbers.find((column) => /^(d?mos|score)/i.test(column)) ?? numbers[0]
  if (!image || !score) {
    throw new CupelError(
      `--mos ${path}: expected a header, a column of distinct image names and a column of numbers, found columns ${columns.join(', ') || 'none'}`,
    )
  }
  return new Map(records.map((record) => [record[image]!, Number(record[score])]))
}
