import type { Image } from './image.js'

/** How an axis is cut into stretches that overlap. */
export interface Cut {
  /** The longest stretch; a shorter axis is one stretch. */
  readonly window: number
  /** Results this near to an inner end of a stretch do not count; 0 unless told. */
  readonly reach?: number
  /** Over so many positions one stretch gives way to the next; 0 unless told: at once. */
  readonly ramp?: number
  /** Stretches start at multiples of it; 1 unless told. */
  readonly grid?: number
  /** Whether stretches are as short as their number allows, and not all of `window`; up to grid - 1 longer then. */
  readonly even?: boolean
}

/** A stretch of an axis that is worked on at once, and the part of it whose results count; ends are excluded. */
export interface Span {
  readonly start: number
  readonly end: number
  readonly from: number
  readonly to: number
  /** How much each position of `from` to `to` counts; at every position of the axis all spans' weights add up to 1. */
  readonly weights: Float64Array
}

/** A part of an image: a stretch of its height and one of its width. */
export interface Tile {
  readonly down: Span
  readonly across: Span
}

type Sides = Pick<Image, 'width' | 'height'>

/** The common length of stretches: `window`, or the least that gives no more stretches and lets the last start on the grid. */
function lengthOf(length: number, { window, grid = 1, even = false }: Cut, overlap: number): number {
  if (!even) return window
  const count = Math.ceil((length - overlap) / Math.max(1, window - overlap))
  const least = Math.ceil((length + (count - 1) * overlap) / count)
  return least + ((((length - least) % grid) + grid) % grid)
}

/** Covers an axis of `length` positions with stretches of equal length. */
export function spans(length: number, cut: Cut): Span[] {
  const { window, reach = 0, ramp = 0, grid = 1 } = cut
  const overlap = 2 * reach + ramp + grid - 1
  const size = length <= window ? length : lengthOf(length, cut, overlap)
  const last = length - size
  const count = Math.ceil(last / Math.max(1, size - overlap)) + 1
  const starts = Array.from(
    { length: count },
    (_, i) => grid * Math.floor((i * last) / (Math.max(1, count - 1) * grid)),
  )
  /** In the middle of what neighbours share. */
  const cuts = starts.slice(1).map((start, i) => Math.floor((start + starts[i]! + size) / 2))
  /** How much what comes after a cut counts at a position. */
  const after = (at: number, i: number): number => {
    const middle = cuts[i]
    if (middle === undefined) return i < 0 ? 1 : 0
    if (ramp === 0) return at < middle ? 0 : 1
    return Math.min(1, Math.max(0, 0.5 + (at + 0.5 - middle) / ramp))
  }
  const half = Math.floor(ramp / 2)
  return starts.map((start, i) => {
    const from = i === 0 ? 0 : cuts[i - 1]! - half
    const to = i === cuts.length ? length : cuts[i]! + half
    const weights = Float64Array.from({ length: to - from }, (_, k) => after(from + k, i - 1) - after(from + k, i))
    return { start, end: start + size, from, to, weights }
  })
}

/** Covers an image with tiles of equal sides, row by row. */
export const tiles = ({ width, height }: Sides, cut: Cut): Tile[] =>
  spans(height, cut).flatMap((down) => spans(width, cut).map((across) => ({ down, across })))

const sidesOf = ({ down, across }: Tile): Sides => ({ width: across.end - across.start, height: down.end - down.start })

const blank = ({ width, height }: Sides, scale = 1): Image => ({
  width: scale * width,
  height: scale * height,
  data: new Float32Array(3 * scale * width * scale * height),
})

/** Calls `row` for every row of a tile: the offsets of its first value in the tile's planes and in the whole's. */
function eachRow(tile: Tile, whole: Sides, row: (inTile: number, inWhole: number) => void): void {
  const { width, height } = sidesOf(tile)
  for (let y = 0; y < 3 * height; y++) {
    const line = Math.floor(y / height) * whole.height + tile.down.start + (y % height)
    row(y * width, line * whole.width + tile.across.start)
  }
}

/** Calls `value` for every value of a tile's result that counts: where it is in the tile's and in the whole's, and how much it counts. */
function eachKept(
  { down, across }: Tile,
  part: Sides,
  whole: Sides,
  scale: number,
  value: (inTile: number, inWhole: number, weight: number) => void,
): void {
  for (let channel = 0; channel < 3; channel++) {
    for (let y = scale * down.from; y < scale * down.to; y++) {
      const inTile = (channel * part.height + y - scale * down.start) * part.width - scale * across.start
      const inWhole = (channel * whole.height + y) * whole.width
      const vertical = down.weights[Math.floor(y / scale) - down.from]!
      for (let x = scale * across.from; x < scale * across.to; x++) {
        value(inTile + x, inWhole + x, vertical * across.weights[Math.floor(x / scale) - across.from]!)
      }
    }
  }
}

/** A tile of an image. */
export function cropped(image: Image, tile: Tile): Image {
  const part = blank(sidesOf(tile))
  eachRow(tile, image, (to, from) => part.data.set(image.data.subarray(from, from + part.width), to))
  return part
}

/** The adjoint of {@link cropped}: adds a tile's values to those of the whole, in place. */
export function addCropped(whole: Image, part: Image, tile: Tile): void {
  eachRow(tile, whole, (from, to) => {
    for (let x = 0; x < part.width; x++) whole.data[to + x]! += part.data[from + x]!
  })
}

/** Adds what counts of a tile's result to the result of the whole, in place; both are `scale` times as large as the images. */
export function addKept(whole: Image, part: Image, tile: Tile, scale = 1): void {
  const [to, from] = [whole.data, part.data]
  eachKept(tile, part, whole, scale, (inTile, inWhole, weight) => (to[inWhole]! += weight * from[inTile]!))
}

/** The adjoint of {@link addKept}: what a tile's result gets of the values of the whole. */
export function kept(whole: Image, tile: Tile, scale = 1): Image {
  const part = blank(sidesOf(tile), scale)
  const [from, to] = [whole.data, part.data]
  eachKept(tile, part, whole, scale, (inTile, inWhole, weight) => (to[inTile] = weight * from[inWhole]!))
  return part
}
