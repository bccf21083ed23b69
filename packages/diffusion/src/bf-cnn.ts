/**
 * BF_CNN, a blind denoiser without biases, as a prior: what it takes from a picture of noise level sigma is sigma² times the score of the
 * noisy pictures' density (Miyasawa 1961), so a denoiser is a score model.
 *
 * Mohan, Kadkhodaie, Simoncelli, Fernandez-Granda, "Robust and interpretable blind image denoising via bias-free convolutional neural
 * networks", ICLR 2020; Kadkhodaie, Simoncelli, "Stochastic solutions for linear inverse problems using the prior implicit in a
 * denoiser", NeurIPS 2021. Trained on images of 0..1 with noise of sigma 0 to 100/255.
 */
import { type Device, type Graph, graph, type Tensor, tensor, type Value } from '@cupel/graph'
import { type Checkpoint, loadStrict, readCheckpoint } from '@cupel/graph/checkpoint'
import { graphPrior } from './graph-prior.js'
import type { Prior } from './prior.js'
import { linearSchedule } from './schedule.js'

/** The authors' file of BF_CNN, for colour images with noise of 0 to 100 of 255. */
export const bfCnnWeights = {
  'bf-cnn': {
    file: 'BF_CNN_BSD300_color_0to100.pt',
    url: 'https://raw.githubusercontent.com/LabForComputationalVision/universal_inverse_problem/943b9ed99e35a4af86c36c413e2ca70ab320e8bc/denoisers/BF_CNN/BSD300_color/noise_range_0to100/model.pt',
    sha256: '24254895bb92d929f6f8365e29fb89b41085685d0b1ee3759a5999c5617c1bab',
    bytes: 2_696_317,
    licence: 'none stated by its authors; for research on your own machine',
    citation:
      'Kadkhodaie, Simoncelli, Stochastic solutions for linear inverse problems using the prior implicit in a denoiser, NeurIPS 2021',
  },
} as const

/** The greatest deviation of the noise that it was trained with, in units of 0..1. */
const SIGMA = 100 / 255

/** The noise schedule that it is asked by. */
const schedule = linearSchedule()

/** The greatest step of the linear schedule at which it knows its way, 214: there the image in 0..1 has noise of half of noise / signal. */
export const bfCnnLimit = Array.from({ length: schedule.steps }, (_, i) => i + 1).findLast((step) => {
  const { signal, noise } = schedule.level(step)
  return noise / signal / 2 <= SIGMA
})!

/** Names and shapes of its tensors; depth and width are those of the file, its kernels are 3 x 3. */
function shapesOf({ tensors }: Checkpoint): Record<string, readonly number[]> {
  const depth = [...tensors.keys()].filter((key) => key.startsWith('conv_layers.')).length
  const width = tensors.get('conv_layers.0.weight')?.shape[0] ?? 64
  const layer = (i: number) => [i === depth - 1 ? 3 : width, i === 0 ? 3 : width, 3, 3]
  return Object.fromEntries([
    ...Array.from({ length: depth }, (_, i) => [`conv_layers.${i}.weight`, layer(i)]),
    ...['running_sd', 'gammas'].flatMap((name) =>
      Array.from({ length: Math.max(0, depth - 2) }, (_, i) => [`${name}.${i}`, [1, width, 1, 1]]),
    ),
  ])
}

/** The kernels with the normalisations between the layers in them: each is a factor for a channel, gamma / deviation. */
function kernelsOf(state: ReadonlyMap<string, Tensor<'float32'>>): Tensor[] {
  const kernels = [...state].filter(([key]) => key.startsWith('conv_layers.')).map(([, kernel]) => kernel)
  return kernels.map(({ shape, data }, i) => {
    const [gamma, deviation] = [state.get(`gammas.${i - 1}`), state.get(`running_sd.${i - 1}`)]
    if (!gamma || !deviation) return tensor(data, shape)
    const each = data.length / shape[0]!
    const scaled = data.map((value, at) => {
      const channel = Math.floor(at / each)
      return (value * gamma.data[channel]!) / deviation.data[channel]!
    })
    return tensor(scaled, shape)
  })
}

/** BF_CNN as it was published: a denoiser. */
export interface BfCnn {
  /** Pixels to each side that decide over a pixel's noise. */
  readonly radius: number
  /** The noise in an image [1, 3, H, W] with values around 0..1. */
  residual(g: Graph, image: Value): Value
}

/**
 * Reads BF_CNN's parameters.
 *
 * @param path the authors' model.pt, or the same tensors in another format
 * @throws CheckpointError for the file of another network
 */
export async function readBfCnn(path: string): Promise<BfCnn> {
  const checkpoint = await readCheckpoint(path)
  const kernels = kernelsOf(await loadStrict(checkpoint, shapesOf(checkpoint)))
  const layer = (g: Graph, x: Value, kernel: Tensor) => x.conv(g.constant(kernel), undefined, { pad: 1 })
  return {
    radius: kernels.length,
    residual: (g, image) => kernels.reduce((x, kernel, i) => layer(g, i > 0 ? x.relu() : x, kernel), image),
  }
}

/**
 * BF_CNN as a prior for pictures of any size.
 *
 * @param path the authors' model.pt, or the same tensors in another format
 * @throws CheckpointError for the file of another network
 */
export async function bfCnn(path: string, { device = 'cpu' }: { readonly device?: Device } = {}): Promise<Prior> {
  const { radius, residual } = await readBfCnn(path)
  return graphPrior({
    device,
    radius,
    inputs: ({ signal, noise }) => ({ signal: tensor(signal), noise: tensor(noise) }),
    model(height, width) {
      const g = graph('bf-cnn')
      const picture = g.input('picture', [1, 3, height, width])
      const [signal, noise] = ['signal', 'noise'].map((name) => g.input(name, [])) as [Value, Value]
      // x / signal is the image in -1..1 with noise of noise / signal; in 0..1 both are half of that.
      const found = residual(g, picture.div(signal).add(1).mul(0.5))
      g.output('prediction', found.mul(signal.mul(2)).div(noise))
      return g.model()
    },
  })
}
