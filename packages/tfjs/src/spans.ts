import type { Image } from '@cupel/core'

/** A stretch of an axis that is run at once, and the part of it whose results are used; ends are excluded. */
export interface Span {
  readonly start: number
  readonly end: number
  readonly from: number
  readonly to: number
}

/** Covers an axis with stretches of `side` that overlap; every place is used from one, `reach` away from its inner ends. */
export function spans(length: number, tiles: { readonly side: number; readonly reach: number } | undefined): Span[] {
  if (!tiles || length <= tiles.side) return [{ start: 0, end: length, from: 0, to: length }]
  const { side, reach } = tiles
  const count = Math.ceil((length - side) / (side - 2 * reach)) + 1
  const starts = Array.from({ length: count }, (_, i) => Math.floor((i * (length - side)) / (count - 1)))
  const cuts = starts.slice(1).map((start, i) => Math.floor((start + starts[i]! + side) / 2))
  return starts.map((start, i) => ({ start, end: start + side, from: cuts[i - 1] ?? 0, to: cuts[i] ?? length }))
}

/** The tile of an image that two spans make, and what writes the used part of its result, `scale` times as large, into the whole. */
export function kept(image: Image, down: Span, across: Span) {
  const [width, height] = [across.end - across.start, down.end - down.start]
  const data = new Float32Array(3 * width * height)
  for (let row = 0; row < 3 * height; row++) {
    const from = (Math.floor(row / height) * image.height + down.start + (row % height)) * image.width + across.start
    data.set(image.data.subarray(from, from + width), row * width)
  }
  const paste = (part: Image, whole: Image, scale: number): void => {
    const [left, right] = [scale * across.from, scale * across.to]
    for (let c = 0; c < 3; c++) {
      for (let y = scale * down.from; y < scale * down.to; y++) {
        const from = (c * part.height + y - scale * down.start) * part.width - scale * across.start
        whole.data.set(part.data.subarray(from + left, from + right), (c * whole.height + y) * whole.width + left)
      }
    }
  }
  return { image: { width, height, data }, paste }
}
