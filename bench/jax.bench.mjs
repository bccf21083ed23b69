// A network of two convolutions at 299x299: score and gradient beside @jax-js/onnx, which differentiates ONNX models in JavaScript too. Its
// gradient takes most of a minute here, so it is timed once, warm, and compared.
import { differentiate, graph, open, pixels, tensor, writeModel } from '@cupel/graph'
import { picture } from '@cupel/metric-parity'
import { grad, numpy as np } from '@jax-js/jax'
import { ONNXModel } from '@jax-js/onnx'
import { timed } from './measure.mjs'

/** conv 3 -> 16, ReLU, conv 16 -> 16 at stride 2, ReLU, mean. */
function twoConvolutions() {
  const weights = (shape, scale) => {
    const size = shape.reduce((product, side) => product * side)
    return tensor(
      Float32Array.from({ length: size }, (_, i) => scale * Math.sin(12.9898 * i)),
      shape,
    )
  }
  const g = graph('two convolutions')
  const image = g.input('image', [1, 3, 299, 299])
  const first = image.conv(g.constant(weights([16, 3, 3, 3], 0.3)), undefined, { pad: 1 }).relu()
  const second = first.conv(g.constant(weights([16, 16, 3, 3], 0.1)), undefined, { pad: 1, stride: 2 }).relu()
  g.output('score', second.mean(undefined, { keep: true }))
  return g.model()
}

const rounded = (value) => Number(value.toPrecision(4))

export default async function jax() {
  const model = twoConvolutions()
  const image = picture(299, 299)
  const session = await open(differentiate(model, { of: 'score', wrt: 'image' }))
  const feeds = { image: pixels(image) }
  for (let i = 0; i < 5; i++) await session.run(feeds)
  const ours = await timed(() => session.run(feeds))
  const { grad_image } = await session.run(feeds)
  await session.dispose()

  const theirs = new ONNXModel(writeModel(model))
  const gradient = grad((input) => theirs.run({ image: input }).score.sum())
  const call = async () => Float32Array.from(await gradient(np.array(image.data).reshape([1, 3, 299, 299])).data())
  const result = await call()
  const peer = await timed(call)
  const most = grad_image.data.reduce((greatest, value) => Math.max(greatest, Math.abs(value)), 0)
  const apart = grad_image.data.reduce((greatest, value, i) => Math.max(greatest, Math.abs(value - result[i])), 0)
  if (!(apart < 1e-4 * most)) throw new Error(`the two gradients differ by ${apart}, of ${most}`)
  return [
    {
      name: 'two convolutions: score and gradient at 299x299',
      unit: 'ms',
      ours: rounded(ours),
      peer_name: '@jax-js/onnx 0.1.2 (CPU)',
      peer: rounded(peer),
      ratio: rounded(ours / peer),
      goal: 0.01,
    },
  ]
}
