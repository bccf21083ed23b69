/** A stretch of an axis that is run at once, and the part of it whose results are kept; ends are excluded. */
export interface Span {
  readonly start: number
  readonly end: number
  readonly from: number
  readonly to: number
}

/** How an axis is cut. */
export interface Cut {
  /** About the longest stretch that is run at once. */
  readonly window: number
  /** Results this near to a cut are not kept. */
  readonly reach: number
  /** Stretches start at multiples of it. */
  readonly grid?: number
}

/**
 * Covers an axis with stretches of equal length that overlap. Every position is kept from exactly one stretch, at least `reach`
 * away from those ends of the stretch that are not ends of the axis.
 */
export function spans(length: number, { window, reach, grid = 1 }: Cut): Span[] {
  if (length <= window) return [{ start: 0, end: length, from: 0, to: length }]
  const overlap = 2 * reach + grid - 1
  const count = Math.ceil((length - overlap) / Math.max(1, window - overlap))
  const least = Math.ceil((length + (count - 1) * overlap) / count)
  // The last stretch ends with the axis and starts on the grid, as all do.
  const size = least + ((((length - least) % grid) + grid) % grid)
  const last = length - size
  const starts = Array.from(
    { length: count },
    (_, i) => grid * Math.floor((i * last) / (Math.max(1, count - 1) * grid)),
  )
  const cuts = starts.slice(1).map((start, i) => Math.floor((start + starts[i]! + size) / 2))
  return starts.map((start, i) => ({ start, end: start + size, from: cuts[i - 1] ?? 0, to: cuts[i] ?? length }))
}

/** Three planes of a size. */
export interface Planes {
  readonly width: number
  readonly height: number
  readonly data: Float32Array
}

/** A rectangle: its upper left corner and its sides. */
export interface Rectangle {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** Calls `row` for every row of a rectangle in `a` and its like in `b`: offsets of their first values. */
function rows(
  a: Planes,
  at: { readonly x: number; readonly y: number },
  b: Planes,
  { x, y, height }: Rectangle,
  row: (inA: number, inB: number) => void,
): void {
  for (let plane = 0; plane < 3; plane++) {
    for (let i = 0; i < height; i++) {
      row((plane * a.height + at.y + i) * a.width + at.x, (plane * b.height + y + i) * b.width + x)
    }
  }
}

/** The part of an image within a rectangle. */
export function cropped(image: Planes, area: Rectangle): Planes {
  const { width, height } = area
  if (width === image.width && height === image.height) return image
  const part = { width, height, data: new Float32Array(3 * width * height) }
  rows(part, { x: 0, y: 0 }, image, area, (to, from) => part.data.set(image.data.subarray(from, from + width), to))
  return part
}

/** Writes the rectangle `area` of `part` into `whole` at `at`. */
export function pasted(whole: Planes, at: { x: number; y: number }, part: Planes, area: Rectangle): void {
  rows(whole, at, part, area, (to, from) => whole.data.set(part.data.subarray(from, from + area.width), to))
}

/** Adds `part` to `whole` at `at`. */
export function added(whole: Planes, at: { x: number; y: number }, part: Planes): void {
  rows(whole, at, part, { x: 0, y: 0, ...part }, (to, from) => {
    for (let i = 0; i < part.width; i++) whole.data[to + i]! += part.data[from + i]!
  })
}
