import { setImmediate } from 'node:timers/promises'
import type { Image } from '@cupel/core'
import { borderIndex, fittedWindow } from '@cupel/filters'

export interface Window {
  readonly size: number
  readonly sigmaColour: number
  readonly sigmaSpace: number
}

/** The neighbours of a window by their offsets, with the part of their weights that their place decides. */
interface Neighbours {
  readonly u: Int32Array
  readonly v: Int32Array
  readonly weight: Float64Array
}

function neighbours({ width, height }: Image, { size, sigmaSpace }: Window): Neighbours {
  const radius = (size - 1) / 2
  const across = (fittedWindow(size, width) - 1) / 2
  const down = (fittedWindow(size, height) - 1) / 2
  const found: [number, number][] = []
  for (let v = -down; v <= down; v++) {
    for (let u = -across; u <= across; u++) if (u * u + v * v <= radius * radius) found.push([u, v])
  }
  return {
    u: Int32Array.from(found, ([u]) => u),
    v: Int32Array.from(found, ([, v]) => v),
    weight: Float64Array.from(found, ([u, v]) => Math.exp(-(u * u + v * v) / (2 * sigmaSpace * sigmaSpace))),
  }
}

/**
 * Calls `visit` for every pixel i with the pixels that stand in its window (`at`, by their indices in a plane) and their
 * weights; gives way to other work after every row.
 */
async function eachWindow(
  { width, height, data }: Image,
  window: Window,
  signal: AbortSignal,
  visit: (i: number, at: Int32Array, weights: Float64Array) => void,
): Promise<void> {
  const area = width * height
  const { u, v, weight } = neighbours({ width, height, data }, window)
  const falloff = -1 / (2 * window.sigmaColour * window.sigmaColour)
  const at = new Int32Array(u.length)
  const weights = new Float64Array(u.length)
  const reach = (window.size - 1) / 2
  const columns = Int32Array.from({ length: width + 2 * reach }, (_, x) =>
    Math.min(width - 1, Math.max(0, borderIndex(x - reach, width, 'reflect'))),
  )
  for (let y = 0; y < height; y++) {
    const rows = v.map((offset) => borderIndex(y + offset, height, 'reflect') * width)
    for (let x = 0; x < width; x++) {
      const i = y * width + x
      const [r, g, b] = [data[i]!, data[area + i]!, data[2 * area + i]!]
      for (let n = 0; n < at.length; n++) {
        const j = rows[n]! + columns[x + u[n]! + reach]!
        const distance = Math.abs(data[j]! - r) + Math.abs(data[area + j]! - g) + Math.abs(data[2 * area + j]! - b)
        at[n] = j
        weights[n] = weight[n]! * Math.exp(falloff * distance * distance)
      }
      visit(i, at, weights)
    }
    await setImmediate()
    signal.throwIfAborted()
  }
}

/** The filtered image. */
export async function bilateralFilter(image: Image, window: Window, signal: AbortSignal): Promise<Image> {
  const { width, height, data } = image
  const area = width * height
  const out = new Float32Array(data.length)
  await eachWindow(image, window, signal, (i, at, weights) => {
    let [sum, r, g, b] = [0, 0, 0, 0]
    for (let n = 0; n < at.length; n++) {
      const w = weights[n]!
      const j = at[n]!
      sum += w
      r += w * data[j]!
      g += w * data[area + j]!
      b += w * data[2 * area + j]!
    }
    out[i] = r / sum
    out[area + i] = g / sum
    out[2 * area + i] = b / sum
  })
  return { width, height, data: out }
}

/**
 * The gradient carried back through {@link bilateralFilter}: through the mean, and through the weights, which the colours of
 * both pixels decide.
 */
export async function bilateralAdjoint(
  image: Image,
  filtered: Image,
  gradient: Float32Array,
  window: Window,
  signal: AbortSignal,
): Promise<Float32Array> {
  const { width, height, data } = image
  const area = width * height
  const out = new Float64Array(data.length)
  const narrowness = 1 / (window.sigmaColour * window.sigmaColour)
  await eachWindow(image, window, signal, (i, at, weights) => {
    const sum = weights.reduce((total, w) => total + w, 0)
    for (let n = 0; n < at.length; n++) {
      const j = at[n]!
      const w = weights[n]! / sum
      let distance = 0
      // d L / d w, over sum.
      let slope = 0
      for (let plane = 0; plane < data.length; plane += area) {
        distance += Math.abs(data[plane + j]! - data[plane + i]!)
        slope += gradient[plane + i]! * (data[plane + j]! - filtered.data[plane + i]!)
      }
      for (let plane = 0; plane < data.length; plane += area) {
        const turn = slope * w * distance * narrowness * Math.sign(data[plane + i]! - data[plane + j]!)
        out[plane + j]! += gradient[plane + i]! * w + turn
        out[plane + i]! -= turn
      }
    }
  })
  return Float32Array.from(out)
}
