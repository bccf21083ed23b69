/**
 * ESRGAN-slim and -medium: enlarges the image with a residual dense network that was trained on pristine photographs, which
 * draws anew what an attack wrote between the pixels. The metric sees the larger image, as it does behind the study's Real-ESRGAN.
 *
 * Zhang, Tian, Kong, Zhong, Fu, "Residual dense network for image super-resolution", CVPR 2018 (the network); Wang et al., "ESRGAN",
 * ECCV Workshops 2018. The weights are those of UpscalerJS (MIT), trained on DIV2K, as npm packages.
 * Differs from the study in the network, whose Real-ESRGAN is @cupel/defences-real-esrgan, and in enlarging twice rather than four times
 * unless asked.
 */
import { defineDefence, tiledAbove, z } from '@cupel/core'
import { openModel, packagedModel } from '@cupel/tfjs'

const options = z.object({
  model: z
    .enum(['slim', 'medium'])
    .default('slim')
    .describe('222,075 or 693,235 parameters (x2); medium takes about four times as long'),
  scale: z
    .literal([2, 3, 4, 8])
    .default(2)
    .describe('sides of the result over those of the image; each scale has its own weights'),
})

/** Pixels that a model looks away from a pixel, at the most: half of every kernel on the longest way through it. */
const reach = { slim: 16, medium: 40 }

/** The longest side that is run at once. */
const side = 512

/** The enlarged image. Of its gradient nothing is known: the adjoint of a bilinear resize stands in. */
export const esrgan = defineDefence({
  name: 'esrgan',
  summary: 'enlarges the image with a network (ESRGAN-slim, x2)',
  paper: 'Zhang et al., Residual dense network for image super-resolution, CVPR 2018; weights of UpscalerJS',
  options,
  variants: {
    'esrgan-slim-x4': { model: 'slim', scale: 4 },
    'esrgan-medium-x2': { model: 'medium', scale: 2 },
  },
  changesSize: true,
  sizes: tiledAbove(side),
  async create({ model: size, scale }, { device }) {
    const path = packagedModel(`@upscalerjs/esrgan-${size}`, `x${scale}`, import.meta.url)
    const tiles = { side, reach: reach[size] }
    const model = await openModel(path, { name: 'esrgan', format: 'layers', white: 255, scale, tiles, device })
    return {
      purify: (image, { signal }) => model.run(image, signal),
      dispose: () => model.dispose(),
    }
  },
})

export default esrgan
