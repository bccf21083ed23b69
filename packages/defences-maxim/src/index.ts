/**
 * MAXIM: a multi-axis MLP that mixes pixels within blocks and across a grid, trained to denoise photographs of telephones (SIDD).
 *
 * Tu, Talebi, Zhang, Yang, Milanfar, Bovik, Li, "MAXIM: Multi-axis MLP for image processing", CVPR 2022, arXiv:2201.02973. The weights
 * are those of the authors as UpscalerJS converted them (MIT), an npm package of 80 MB that is installed on purpose.
 * Differs from the reference in nothing but the border: sides are continued by mirroring to multiples of 64, as there, on the right and
 * below only.
 */
import { checkWhole, defineDefence, wholeUpTo } from '@cupel/core'
import { openModel, packagedModel, runtime } from '@cupel/tfjs'

/** 80 MB, of which package.json tells. */
const MODEL = '@upscalerjs/maxim-denoising'

/** Pixels: it looks at the image as a whole, tiles would be images of their own. WebAssembly has 4 GB, of which 512 x 512 take 1.5. */
const WHOLE = 1024 * 1024
const WHOLE_ON_WASM = 512 * 512

/** The denoised image, of the same size. Of its gradient nothing is known: the identity stands in. */
export const maxim = defineDefence({
  name: 'maxim',
  summary: 'denoises the image with a multi-axis MLP trained on photographs of telephones',
  paper: 'Tu et al., MAXIM: Multi-axis MLP for image processing, CVPR 2022, arXiv:2201.02973',
  sizes: wholeUpTo(WHOLE, `refused, as are those above ${WHOLE_ON_WASM.toLocaleString('en-GB')} on WebAssembly`),
  async create(_, { device }) {
    const model = await openModel(packagedModel(MODEL, '', import.meta.url), {
      format: 'graph',
      white: 1,
      multiple: 64,
      device,
    })
    const { name } = await runtime()
    const [what, most] = name === 'wasm' ? ['maxim on WebAssembly', WHOLE_ON_WASM] : ['maxim', WHOLE]
    return {
      async purify(image, { signal }) {
        checkWhole(image, what, most)
        return model.run(image, signal)
      },
      dispose: () => model.dispose(),
    }
  },
})

export default maxim
