import type { Picture, Prediction, Prior } from './prior.js'

export interface TiledOptions {
  /** Side of a tile in pixels, its margins included. */
  readonly side: number
  /** Pixels at a tile's inner edges that do not count. */
  readonly margin: number
  /** Pixels after that over which one tile gives way to the next. */
  readonly ramp: number
}

interface Tile {
  readonly top: number
  readonly left: number
  readonly height: number
  readonly width: number
  readonly vertical: Float64Array
  readonly horizontal: Float64Array
}

interface Span {
  readonly start: number
  readonly length: number
  /** How much each pixel of the span counts; at every pixel of the axis they add up to 1. */
  readonly weights: Float64Array
}

function spans(length: number, { side, margin, ramp }: TiledOptions): Span[] {
  if (length <= side) return [{ start: 0, length, weights: new Float64Array(length).fill(1) }]
  const count = Math.ceil((length - side) / (side - 2 * margin - ramp)) + 1
  const parts = Array.from({ length: count }, (_, i) => {
    const start = Math.round((i * (length - side)) / (count - 1))
    const rise = (inner: number) => Math.min(1, Math.max(0, (inner - margin + 0.5) / ramp))
    const weights = Float64Array.from({ length: side }, (_, k) =>
      Math.min(i === 0 ? 1 : rise(k), i === count - 1 ? 1 : rise(side - 1 - k)),
    )
    return { start, length: side, weights }
  })
  const total = new Float64Array(length)
  for (const { start, weights } of parts) for (const [k, w] of weights.entries()) total[start + k]! += w
  return parts.map((part) => ({ ...part, weights: part.weights.map((w, k) => w / total[part.start + k]!) }))
}

const tilesOf = ({ width, height }: Picture, options: TiledOptions): Tile[] =>
  spans(height, options).flatMap((down) =>
    spans(width, options).map((across) => ({
      top: down.start,
      left: across.start,
      height: down.length,
      width: across.length,
      vertical: down.weights,
      horizontal: across.weights,
    })),
  )

/** Calls `visit` with the place of every value of a tile in the tile and in the whole, and with its weight. */
function each(tile: Tile, whole: Picture, visit: (inTile: number, inWhole: number, weight: number) => void): void {
  for (let c = 0; c < 3; c++) {
    for (let y = 0; y < tile.height; y++) {
      const from = (c * tile.height + y) * tile.width
      const to = (c * whole.height + tile.top + y) * whole.width + tile.left
      for (let x = 0; x < tile.width; x++) visit(from + x, to + x, tile.vertical[y]! * tile.horizontal[x]!)
    }
  }
}

function cut(data: Float32Array, tile: Tile, whole: Picture, weighted = false): Float32Array {
  const part = new Float32Array(3 * tile.width * tile.height)
  each(tile, whole, (i, at, weight) => (part[i] = weighted ? weight * data[at]! : data[at]!))
  return part
}

/**
 * The prior, asked about one tile after another where a picture is larger than a tile; their answers are blended. Memory is that
 * of a tile. With a `margin` of the prior's radius the answer is the same as without tiles; for a prior of infinite radius it is not.
 */
export function tiled(prior: Prior, options: TiledOptions): Prior {
  const part = (tile: Tile, picture: Picture): Picture => ({
    width: tile.width,
    height: tile.height,
    data: cut(picture.data, tile, picture),
  })
  return {
    limit: prior.limit,
    radius: prior.radius,
    async predict(picture, level) {
      const tiles = tilesOf(picture, options)
      if (tiles.length === 1) return prior.predict(picture, level)
      const blended: { noise: Float32Array; range?: Float32Array } = { noise: new Float32Array(picture.data.length) }
      for (const tile of tiles) {
        const { noise, range } = await prior.predict(part(tile, picture), level)
        each(tile, picture, (i, at, weight) => (blended.noise[at]! += weight * noise[i]!))
        if (!range) continue
        blended.range ??= new Float32Array(picture.data.length)
        const whole = blended.range
        each(tile, picture, (i, at, weight) => (whole[at]! += weight * range[i]!))
      }
      return blended
    },
    async pullback(picture, level, { noise, range }) {
      const tiles = tilesOf(picture, options)
      if (tiles.length === 1) return prior.pullback(picture, level, { noise, ...(range && { range }) })
      const gradient = new Float32Array(picture.data.length)
      for (const tile of tiles) {
        const weighted: Prediction = {
          noise: cut(noise, tile, picture, true),
          ...(range && { range: cut(range, tile, picture, true) }),
        }
        const back = await prior.pullback(part(tile, picture), level, weighted)
        each(tile, picture, (i, at) => (gradient[at]! += back[i]!))
      }
      return gradient
    },
    dispose: () => prior.dispose(),
  }
}
