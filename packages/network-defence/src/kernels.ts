import type { Tensor } from '@cupel/graph'

/** A convolution's kernel [height, width, in, out], as TensorFlow and MatConvNet keep it, as [out, in, height, width]. */
export function fromHwio({ shape, data }: Tensor<'float32'>): Tensor<'float32'> {
  const [height = 1, width = 1, inputs = 1, outputs = 1] = shape
  const kernel = new Float32Array(data.length)
  let from = 0
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let i = 0; i < inputs; i++) {
        for (let o = 0; o < outputs; o++) kernel[((o * inputs + i) * height + y) * width + x] = data[from++]!
      }
    }
  }
  return { dtype: 'float32', shape: [outputs, inputs, height, width], data: kernel }
}
