/**
 * Real-ESRGAN: four times the image's sides, by a network that was trained to remove noise, blur and compression on the way.
 *
 * Wang, Xie, Dong, Shan, "Real-ESRGAN: training real-world blind super-resolution with pure synthetic data", ICCV workshops 2021.
 * Differs from the reference in computing in 32 bits, where its script takes 16 on a GPU, and in keeping real numbers, where it rounds
 * the result to 8 bits. As in the study, the result stays four times as large, and the two general networks are blended 0.2 to 0.8.
 */
import { defineDefence, z } from '@cupel/core'
import type { Tensor } from '@cupel/graph'
import { type Checkpoint, loadStrict, readCheckpoint } from '@cupel/graph/checkpoint'
import { type Extent, type Large, networkDefence, sizesOf } from '@cupel/network-defence'
import { compact, type Design, rrdbNet } from './network.js'

/** Pixels of a result; one of more would not fit into 1 GB. */
const most = 8192 * 8192
/** Dense blocks look far: beyond this they take an image in tiles only if asked. 20 kB a pixel, and 95 for the gradient. */
const whole = 512 * 384

const options = z.object({
  model: z
    .enum(['general', 'x4plus'])
    .default('general')
    .describe('general: 34 convolutions (SRVGGNetCompact); x4plus: 351, in dense blocks (RRDBNet)'),
  denoise: z
    .number()
    .min(0)
    .max(1)
    .default(0.2)
    .describe(
      'of the general model: share of the network that removes noise, the rest is of the one that keeps it (wdn)',
    ),
  large: z
    .enum(['refuse', 'tile'])
    .default('refuse')
    .describe(
      `of x4plus: images of more than ${whole} pixels are refused, or cut into tiles that show at their borders`,
    ),
})

const release = 'https://github.com/xinntao/Real-ESRGAN/releases/download'
const shared = { licence: 'BSD-3-Clause', citation: 'Wang, Xie, Dong, Shan, Real-ESRGAN, ICCV workshops 2021' }
const files = {
  general: {
    file: 'realesr-general-x4v3.pth',
    url: `${release}/v0.2.5.0/realesr-general-x4v3.pth`,
    sha256: '8dc7edb9ac80ccdc30c3a5dca6616509367f05fbc184ad95b731f05bece96292',
    bytes: 4_885_111,
    ...shared,
  },
  wdn: {
    file: 'realesr-general-wdn-x4v3.pth',
    url: `${release}/v0.2.5.0/realesr-general-wdn-x4v3.pth`,
    sha256: '1641f8c4464b9f097c9fdda5589273713f67cf59f3d909e0bd688f0cee269dca',
    bytes: 4_885_111,
    ...shared,
  },
  x4plus: {
    file: 'RealESRGAN_x4plus.pth',
    url: `${release}/v0.1.0/RealESRGAN_x4plus.pth`,
    sha256: '4fa0d38905f75ac06eb49a7951b426670021be3018265fd191d2125df9d682f1',
    bytes: 67_040_989,
    ...shared,
  },
}

type State = ReadonlyMap<string, Tensor<'float32'>>

/** The averaged parameters where a file has them, as the authors choose. */
const chosen = (checkpoint: Checkpoint): Checkpoint => {
  const key = ['params_ema', 'params'].find((name) => checkpoint.keys.includes(name))
  return key ? checkpoint.at(key) : checkpoint
}

/** share * a + (1 - share) * b, parameter by parameter (deep network interpolation). */
const blended = (a: State, b: State, share: number): State =>
  new Map(
    [...a].map(([name, { shape, dtype, data }]) => {
      const other = b.get(name)!.data
      return [name, { shape, dtype, data: data.map((value, i) => share * value + (1 - share) * other[i]!) }]
    }),
  )

/** Designs of the two models. */
export interface Designs {
  readonly general: Design
  readonly x4plus: Design
}

/** The authors' models; 1,213,296 and 16,697,987 parameters. */
export const official: Designs = { general: { width: 64, depth: 32 }, x4plus: { width: 64, depth: 23 } }

/** How far the models look: the general one half a kernel a layer, dense blocks over hundreds of pixels. */
const extentOf = (model: keyof Designs, large: Large, { general }: Designs): Extent =>
  model === 'x4plus' ? { whole, large } : { reach: general.depth + 2, window: 320 }

/** A Real-ESRGAN of other designs than the authors'. */
export const realEsrganOf = (designs: Designs) =>
  defineDefence({
    name: 'real-esrgan',
    summary: 'Real-ESRGAN: four times the sides, without noise and traces of compression',
    paper: 'Wang et al., Real-ESRGAN: training real-world blind super-resolution with pure synthetic data, ICCVW 2021',
    options,
    variants: { 'real-esrgan-x4plus': { model: 'x4plus' } },
    aliases: { realesrgan: 'real-esrgan' },
    changesSize: true,
    gradient: 'exact',
    sizes: ({ model, large }) => sizesOf(extentOf(model, large, designs), most),
    weights: ({ model }) =>
      model === 'x4plus' ? { x4plus: files.x4plus } : { general: files.general, wdn: files.wdn },
    async create({ model, denoise, large }, { device, weights }) {
      const network = (model === 'x4plus' ? rrdbNet : compact)(designs[model])
      const read = async (name: string) => loadStrict(chosen(await readCheckpoint(await weights(name))), network.shapes)
      const state: State =
        model === 'x4plus' ? await read('x4plus') : blended(await read('general'), await read('wdn'), denoise)
      return networkDefence((g, image) => network(image, g.parameters(state)), {
        name: 'real-esrgan',
        device,
        extent: extentOf(model, large, designs),
        scale: 4,
        most,
      })
    },
  })

/** The image at four times its sides. */
export const realEsrgan = realEsrganOf(official)

export default realEsrgan
