const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte']

/** A number of bytes for a person: `363 MB`, `1.4 MB`, `512 byte`. */
export function size(bytes: number): string {
  const unit = Math.min(Math.max(Math.floor(Math.log10(bytes) / 3), 0), UNITS.length - 1)
  const value = bytes / 1000 ** unit
  const format = { style: 'unit', unit: UNITS[unit]!, maximumFractionDigits: value < 9.95 && unit > 0 ? 1 : 0 } as const
  return value.toLocaleString('en', format)
}
