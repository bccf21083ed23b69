import { graphPrior, type Prior } from '@cupel/diffusion'
import { type Device, graph, type Tensor } from '@cupel/graph'
import { loadStrict, readCheckpoint } from '@cupel/graph/checkpoint'
import { type AdmOptions, imagenet256, shapesOf } from './layout.js'
import { timeFeatures, unet } from './network.js'

export { type AdmOptions, imagenet256, type Layer, type Layout, layoutOf, shapesOf } from './layout.js'
export { timeFeatures, unet } from './network.js'

/**
 * The network with these tensors as a prior of diffusion. Its variance is learnt, and all pixels decide over each.
 *
 * @param state tensors as {@link shapesOf} names them
 */
export const admPrior = (state: ReadonlyMap<string, Tensor>, options: AdmOptions, device: Device = 'cpu'): Prior =>
  graphPrior({
    device,
    radius: Number.POSITIVE_INFINITY,
    // It counts steps from 0, the schedule from 1.
    inputs: ({ step }) => ({ time: timeFeatures(step - 1, options.channels) }),
    model(height, width) {
      const g = graph('adm-unet')
      const picture = g.input('picture', [1, 3, height, width])
      const time = g.input('time', [1, options.channels])
      g.output('prediction', unet(g, picture, time, state, options))
      return g.model()
    },
  })

/**
 * Opens OpenAI's unconditional 256 x 256 ImageNet model (256x256_diffusion_uncond.pt, 2.2 GB) as a prior. It computes in single
 * precision, where the original's body has half.
 *
 * @param path the checkpoint
 * @throws CheckpointError for the file of another network
 */
export async function adm(
  path: string,
  { device = 'cpu', ...options }: Partial<AdmOptions> & { readonly device?: Device } = {},
): Promise<Prior> {
  const full = { ...imagenet256, ...options }
  return admPrior(await loadStrict(await readCheckpoint(path), shapesOf(full)), full, device)
}
