import type { Plane } from './plane.js'

/** Keys' cubic convolution kernel with a = -1/2. */
function cubic(t: number): number {
  const x = Math.abs(t)
  if (x <= 1) return (1.5 * x - 2.5) * x * x + 1
  if (x < 2) return ((-0.5 * x + 2.5) * x - 4) * x + 2
  return 0
}

/** Eight weights of the kernel stretched to twice its width, for samples 2 i - 3 .. 2 i + 4. */
const stretched = Array.from({ length: 8 }, (_, k) => cubic((k - 3.5) / 2))
const sum = stretched.reduce((a, b) => a + b)
const kernel = Float64Array.from(stretched, (weight) => weight / sum)

/** The plane at half its sides, rounded up: MATLAB's imresize(plane, 0.5), antialiased bicubic with a mirrored border. */
export function halved({ width, height, data }: Plane): Plane {
  const along = (values: Float64Array, length: number, step: number, lines: number, stride: number, to: Plane) => {
    const half = Math.ceil(length / 2)
    for (let line = 0; line < lines; line++) {
      for (let i = 0; i < half; i++) {
        let total = 0
        for (let k = 0; k < 8; k++) {
          const at = (((2 * i + k - 3) % (2 * length)) + 2 * length) % (2 * length)
          total += kernel[k]! * values[line * stride + (at < length ? at : 2 * length - 1 - at) * step]!
        }
        to.data[step === 1 ? line * half + i : i * to.width + line] = total
      }
    }
    return to
  }
  const plane = (w: number, h: number): Plane => ({ width: w, height: h, data: new Float64Array(w * h) })
  const [w, h] = [Math.ceil(width / 2), Math.ceil(height / 2)]
  const narrow = along(data, width, 1, height, width, plane(w, height))
  return along(narrow.data, height, w, w, 1, plane(w, h))
}
