/**
 * MAXIM: a multi-axis MLP that mixes pixels within blocks and across a grid, trained to denoise photographs of telephones (SIDD).
 *
 * Tu, Talebi, Zhang, Yang, Milanfar, Bovik, Li, "MAXIM: Multi-axis MLP for image processing", CVPR 2022, arXiv:2201.02973. The weights
 * are those of the authors as UpscalerJS converted them (MIT), an npm package of 80 MB that is installed on purpose.
 * Differs from the reference in nothing but the border: sides are continued by mirroring to multiples of 64, as there, on the right and
 * below only.
 */
import { checkWhole, defineDefence, Unavailable, wholeUpTo } from '@cupel/core'
import { openModel, packagedModel, runtime } from '@cupel/tfjs'

/** 80 MB, of which package.json tells. */
const MODEL = '@upscalerjs/maxim-denoising'

/** It looks at the image as a whole: tiles would be images of their own. */
const WHOLE = 1024 * 1024

/** The denoised image, of the same size. Of its gradient nothing is known: the identity stands in. */
export const maxim = defineDefence({
  name: 'maxim',
  summary: 'denoises the image with a multi-axis MLP (native TensorFlow.js only)',
  paper: 'Tu et al., MAXIM: Multi-axis MLP for image processing, CVPR 2022, arXiv:2201.02973',
  sizes: wholeUpTo(WHOLE),
  async create(_, { device }) {
    const { name, passedOver } = await runtime()
    if (name === 'wasm') {
      const reasons = passedOver.map((one) => `${one.name} is ${one.reason}`).join('; ')
      throw new Unavailable(`maxim needs native TensorFlow.js (WebAssembly has no Einsum), and ${reasons}`)
    }
    const model = await openModel(packagedModel(MODEL, '', import.meta.url), {
      format: 'graph',
      white: 1,
      multiple: 64,
      device,
    })
    return {
      async purify(image, { signal }) {
        checkWhole(image, 'maxim', WHOLE)
        return model.run(image, signal)
      },
      dispose: () => model.dispose(),
    }
  },
})

export default maxim
