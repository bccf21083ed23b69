import type { WeightsTable } from '@cupel/core'

/** The networks that LPIPS has heads for. */
export type LpipsNetwork = 'alex' | 'vgg' | 'squeeze'

const torchvision = (file: string) => ({
  file,
  url: `https://download.pytorch.org/models/${file}`,
  licence: 'BSD-3-Clause (torchvision); trained on ImageNet',
})

const backbones = {
  alex: torchvision('alexnet-owt-7be5be79.pth'),
  vgg: torchvision('vgg16-397923af.pth'),
  squeeze: torchvision('squeezenet1_1-b8a52dc0.pth'),
}

const heads = {
  alex: 'df73285e35b22355a2df87cdb6b70b343713b667eddbda73e1977e0c860835c0',
  vgg: 'a78928a0af1e5f0fcb1f3b9e8f8c3a2a5a3de244d830ad5c1feddc79b8432868',
  squeeze: '4a5350f23600cb79923ce65bb07cbf57dca461329894153e05a1346bd531cf76',
}

/** The files of LPIPS: `backbone`, torchvision's, and `heads`, the linear layers of version 0.1. */
export const lpipsWeights = (net: LpipsNetwork): WeightsTable => ({
  backbone: backbones[net],
  heads: {
    file: `lpips-v0.1-${net}.pth`,
    url: `https://raw.githubusercontent.com/richzhang/PerceptualSimilarity/master/lpips/weights/v0.1/${net}.pth`,
    sha256: heads[net],
    licence: 'BSD-2-Clause',
    citation: 'Zhang, Isola, Efros, Shechtman, Wang, The unreasonable effectiveness of deep features, CVPR 2018',
  },
})

/** The files of DISTS: `backbone`, torchvision's VGG-16, and `mix`, its weights of texture and structure. */
export const distsWeights: WeightsTable = {
  backbone: backbones.vgg,
  mix: {
    file: 'dists-weights.pt',
    url: 'https://raw.githubusercontent.com/dingkeyan93/DISTS/master/DISTS_pytorch/weights.pt',
    licence: 'MIT',
    citation:
      'Ding, Ma, Wang, Simoncelli, Image quality assessment: unifying structure and texture similarity, TPAMI 2022',
  },
}
