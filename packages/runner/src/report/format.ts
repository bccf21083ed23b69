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

/** The number with its interval, where it has one: `0.221 [0.190, 0.260]`. */
export const withInterval = (value: number | null, low: number | null, high: number | null): string =>
  value === null || low === null || high === null ? figure(value) : `${figure(value)} [${figure(low)}, ${figure(high)}]`

/** `1 image`, `2 images`. */
export const counted = (count: number, noun: string): string =>
  `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`
