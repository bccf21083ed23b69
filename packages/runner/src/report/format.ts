/** What stands in a cell without a number. */
export const NOTHING = '–'

/** A number at the precision of a table: three decimals below 10, fewer above, an exponent where it would not fit. */
export function figure(value: number | null): string {
  if (value === null) return NOTHING
  if (!Number.isFinite(value)) return value > 0 ? '∞' : value < 0 ? '−∞' : NOTHING
  const size = Math.abs(value)
  const text = size >= 1e5 ? value.toExponential(1) : value.toFixed(size < 9.9995 ? 3 : size < 999.95 ? 1 : 0)
  return (Number(text) === 0 ? text.replace('-', '') : text).replace('-', '−')
}

/** A number in four digits, however small: a knob, and what it gives. */
export const fourDigits = (value: number): string => `${Number(value.toPrecision(4))}`

/** A format for numbers that stand together: as many decimals for all as give the greatest four digits. */
export function alike(values: readonly (number | null)[]): (value: number) => string {
  const greatest = values.reduce<number>((most, value) => Math.max(most, Math.abs(value ?? 0)), 0)
  const decimals = greatest > 0 ? Math.min(8, Math.max(0, 3 - Math.floor(Math.log10(greatest)))) : 0
  return (value) => value.toFixed(decimals).replace('-', '−')
}

/** The number with its interval, where it has one: `0.221 [0.190, 0.260]`. */
export const withInterval = (value: number | null, low: number | null, high: number | null): string =>
  value === null || low === null || high === null ? figure(value) : `${figure(value)} [${figure(low)}, ${figure(high)}]`

/** `1 image`, `2 images`. */
export const counted = (count: number, noun: string): string =>
  `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`

/** Each value once, in order. */
export const distinct = <T>(values: readonly T[]): T[] => [...new Set(values)]

/** The first few of the distinct values, and how many more there are. */
export function some(values: readonly string[], most = 6): string {
  const all = distinct(values)
  const more = all.length - most
  return more > 1 ? `${all.slice(0, most).join(', ')} and ${more} more` : all.join(', ')
}
