import type { Image } from '@cupel/core'
import type { Slope } from '@cupel/descent'

/**
 * Smooth L1 (sum, beta = 1) between the low-frequency parts of two images: the LL band of a Haar transform carried
 * back to the image, which replaces every 2 x 2 block by its mean. Odd sides are padded by zeros for the transform
 * and cut off again. Values lie within 0..1, so that the loss is half a square everywhere.
 *
 * @returns the value and its derivative with respect to `image`
 */
export function lowFrequencyLoss(image: Image, x: Image): Slope {
  const { width, height } = x
  const gradient = new Float32Array(x.data.length)
  let value = 0
  for (let plane = 0; plane < x.data.length; plane += width * height) {
    for (let row = 0; row < height; row += 2) {
      for (let column = 0; column < width; column += 2) {
        const block = [plane + row * width + column]
        if (column + 1 < width) block.push(block[0]! + 1)
        if (row + 1 < height) block.push(...block.map((i) => i + width))
        const mean = block.reduce((sum, i) => sum + image.data[i]! - x.data[i]!, 0) / 4
        value += 0.5 * block.length * mean * mean
        for (const i of block) gradient[i] = (block.length * mean) / 4
      }
    }
  }
  return { value, gradient }
}
