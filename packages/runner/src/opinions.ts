import { basename, extname } from 'node:path'
import { CupelError } from '@cupel/core'
import { parse } from 'csv-parse/sync'
import { readNamed } from './named.js'

/**
 * Opinion scores by image name: a CSV file with a header, a column of distinct image names, and a column of numbers: the one
 * called mos, dmos or score (any case), else the first. A column whose name says DMOS (a difference, less is better) is turned
 * round, so that more is always better.
 *
 * @throws {CupelError} when the file cannot be read as that
 */
export function readOpinions(path: string): Map<string, number> {
  const text = readNamed(`--mos ${path}`, path)
  let records: Record<string, string>[]
  try {
    records = parse(text, { columns: true, skip_empty_lines: true, trim: true, bom: true })
  } catch (error) {
    throw new CupelError(`--mos ${path}: not a CSV file (${(error as Error).message})`)
  }
  const columns = Object.keys(records[0] ?? {})
  const all = (column: string, test: (value: string) => boolean): boolean =>
    records.every((record) => test(record[column] ?? ''))
  const isNumber = (value: string): boolean => value !== '' && Number.isFinite(Number(value))
  const distinct = (column: string): boolean => new Set(records.map((record) => record[column])).size === records.length
  const image = columns.find((column) => !all(column, isNumber) && distinct(column))
  const numbers = columns.filter((column) => all(column, isNumber))
  const score = numbers.find((column) => /^(d?mos|score)/i.test(column)) ?? numbers[0]
  if (!image || !score) {
    throw new CupelError(
      `--mos ${path}: expected a header, a column of distinct image names and a column of numbers, found columns ${columns.join(', ') || 'none'}`,
    )
  }
  const sign = /^dmos/i.test(score) ? -1 : 1
  return new Map(records.map((record) => [record[image]!, sign * Number(record[score])]))
}

const stem = (name: string): string => basename(name, extname(name))

/**
 * Opinions by the names that a run has for its images: the same name, else the same file name, else the same without its ending.
 *
 * @throws {CupelError} when not one image is among them
 */
export function opinionsOf(images: readonly string[], opinions: ReadonlyMap<string, number>): Map<string, number> {
  const byFile = new Map([...opinions].map(([name, score]) => [basename(name), score]))
  const byStem = new Map([...opinions].map(([name, score]) => [stem(name), score]))
  const found = new Map<string, number>()
  for (const name of images) {
    const score = opinions.get(name) ?? byFile.get(basename(name)) ?? byStem.get(stem(name))
    if (score !== undefined) found.set(name, score)
  }
  if (found.size === 0) {
    throw new CupelError(
      `--mos: names none of the images; it has ${[...opinions.keys()].slice(0, 2).join(', ')}, ..., the run has ${images.slice(0, 2).join(', ')}, ...`,
    )
  }
  return found
}
