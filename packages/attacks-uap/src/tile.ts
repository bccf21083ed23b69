type Sides = { readonly width: number; readonly height: number }

/**
 * Calls `visit` with every position of an image and the position of a patch of `size` pixels that lies there when it
 * is tiled from the upper left.
 */
function eachPixel({ width, height }: Sides, size: number, visit: (image: number, patch: number) => void): void {
  let i = 0
  for (let c = 0; c < 3; c++) {
    for (let y = 0; y < height; y++) {
      const row = (c * size + (y % size)) * size
      for (let x = 0; x < width; x++) visit(i++, row + (x % size))
    }
  }
}

/** The patch repeated over an image of the given sides: three planes. */
export function tiled(patch: Float32Array, size: number, sides: Sides): Float32Array {
  const out = new Float32Array(3 * sides.width * sides.height)
  eachPixel(sides, size, (i, k) => {
    out[i] = patch[k]!
  })
  return out
}

/** The adjoint of {@link tiled}: what the image's values add up to at each value of the patch. */
export function gathered(values: Float32Array, size: number, sides: Sides): Float32Array {
  const out = new Float32Array(3 * size * size)
  eachPixel(sides, size, (i, k) => {
    out[k] = out[k]! + values[i]!
  })
  return out
}
