// Time and memory of the full network with made-up weights, one prediction or one pullback at 256 x 256 on the CPU:
//   node bench/full.mjs [side] [--pullback]      (the packages must be built)
import { admPrior, imagenet256, shapesOf } from '@cupel/adm-unet'
import { linearSchedule } from '@cupel/diffusion'

const gigabytes = () => `${(process.resourceUsage().maxRSS / 2 ** 20).toFixed(1)} GiB at most so far`
const timed = async (what, work) => {
  const start = performance.now()
  const result = await work()
  console.log(`${what}: ${((performance.now() - start) / 1000).toFixed(1)} s, ${gigabytes()}`)
  return result
}

const side = Number(process.argv[2] ?? 256)
const level = linearSchedule().level(30)
const picture = { width: side, height: side, data: new Float32Array(3 * side * side).fill(0.1) }
const state = new Map(
  Object.entries(shapesOf(imagenet256)).map(([name, shape]) => {
    const data = new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(1e-3)
    return [name, { dtype: 'float32', shape, data }]
  }),
)
const prior = admPrior(state, imagenet256)
if (process.argv.includes('--pullback')) {
  const gradient = { noise: picture.data, range: picture.data }
  await timed('first pullback, opening included', () => prior.pullback(picture, level, gradient))
  await timed('pullback', () => prior.pullback(picture, level, gradient))
} else {
  await timed('first prediction, opening included', () => prior.predict(picture, level))
  await timed('prediction', () => prior.predict(picture, level))
}
await prior.dispose()
