import type { Image } from '@cupel/core'

/**
 * How the activity of a pixel is measured: the length of its Sobel gradient, or its signed horizontal component
 * alone.
 */
export type Activity = 'magnitude' | 'signed'

/**
 * The spatial activity map A: Sobel response of the BT.601 luma, zero on a border of one pixel, divided by its
 * maximum (all ones where that is zero), dilated by a 5 x 5 neighbourhood that lacks its four corners, divided by 255.
 *
 * @returns one value per pixel: 0..1/255 for `magnitude`, down to negative values for `signed`
 */
export function activityMap({ width, height, data }: Image, activity: Activity): Float32Array {
  const area = width * height
  const Y = Float64Array.from(
    { length: area },
    (_, i) => 0.299 * data[i]! + 0.587 * data[area + i]! + 0.114 * data[2 * area + i]!,
  )
  const response = new Float64Array(area)
  for (let y = 1; y < height - 1; y++) {
    for (let i = y * width + 1; i < (y + 1) * width - 1; i++) {
      const [up, down] = [i - width, i + width]
      const across = Y[up + 1]! + 2 * Y[i + 1]! + Y[down + 1]! - Y[up - 1]! - 2 * Y[i - 1]! - Y[down - 1]!
      const along = Y[down - 1]! + 2 * Y[down]! + Y[down + 1]! - Y[up - 1]! - 2 * Y[up]! - Y[up + 1]!
      response[i] = activity === 'signed' ? across : Math.hypot(across, along)
    }
  }
  const greatest = response.reduce((most, value) => Math.max(most, value), 0)
  const scaled = greatest > 0 ? response.map((value) => value / greatest) : response.fill(1)
  return dilated(scaled, width, height).map((value) => value / 255)
}

/** The greatest value in the neighbourhood of each pixel, as far as it lies inside. */
function dilated(map: Float64Array, width: number, height: number): Float32Array {
  const out = new Float32Array(map.length)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let most = -Infinity
      for (let v = Math.max(0, y - 2); v <= Math.min(height - 1, y + 2); v++) {
        const reach = Math.abs(v - y) === 2 ? 1 : 2
        for (let u = Math.max(0, x - reach); u <= Math.min(width - 1, x + reach); u++)
          most = Math.max(most, map[v * width + u]!)
      }
      out[y * width + x] = most
    }
  }
  return out
}
