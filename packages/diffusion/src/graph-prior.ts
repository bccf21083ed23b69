import { type Device, differentiate, type Model, pixels, specialised, type Tensor } from '@cupel/graph'
import type { Picture, Prediction, Prior } from './prior.js'
import type { Level } from './schedule.js'

/** A network, as a prior. */
export interface GraphPriorOptions {
  readonly device: Device
  readonly radius: number
  /** Bytes that open sessions may take, see `specialised` of @cupel/graph. */
  readonly cacheBytes?: number
  /** What the model is fed beside the picture. */
  inputs(level: Level): Readonly<Record<string, Tensor>>
  /** From `picture` [1, 3, height, width] to `prediction` [1, 3, height, width], or with the learnt range after it [1, 6, height, width]. */
  model(height: number, width: number): Model
}

function split(prediction: Float32Array, length: number): Prediction {
  if (prediction.length === length) return { noise: prediction }
  return { noise: prediction.subarray(0, length), range: prediction.subarray(length) }
}

function joined({ noise, range }: Prediction): Float32Array {
  if (!range) return noise
  const both = new Float32Array(2 * noise.length)
  both.set(noise)
  both.set(range, noise.length)
  return both
}

/** A network as a prior: one session for each size of picture, and another for its derivative. */
export function graphPrior({ device, radius, cacheBytes, inputs, model }: GraphPriorOptions): Prior {
  const options = { device, ...(cacheBytes !== undefined && { cacheBytes }) }
  const sized = ({ picture }: Readonly<Record<string, readonly number[]>>) => model(picture![2]!, picture![3]!)
  const forward = specialised(sized, options)
  const backward = specialised(
    (shapes) => differentiate(sized(shapes), { of: 'prediction', wrt: 'picture', seed: true, shapes: {} }),
    options,
  )
  const fed = (picture: Picture, level: Level) => ({ picture: pixels(picture), ...inputs(level) })
  return {
    radius,
    async predict(picture, level) {
      const { prediction } = await forward.run(fed(picture, level))
      return split(prediction!.data as Float32Array, picture.data.length)
    },
    async pullback(picture, level, gradient) {
      const seed = joined(gradient)
      const { height, width } = picture
      const shape = [1, seed.length / (height * width), height, width]
      const { grad_picture } = await backward.run({
        ...fed(picture, level),
        seed_prediction: { dtype: 'float32', shape, data: seed },
      })
      return grad_picture!.data as Float32Array
    },
    async dispose() {
      await Promise.all([forward.dispose(), backward.dispose()])
    },
  }
}
