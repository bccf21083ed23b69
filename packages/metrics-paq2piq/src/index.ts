/**
 * PaQ-2-PiQ: ResNet-18 whose last map is pooled to 2x2 cells, the means and maxima of which are regressed; trained on pictures and
 * patches of FLIVE. Values are fed as they are, from 0 to 1. The score is that of the whole picture.
 *
 * Ying, Niu, Gupta, Mahajan, Ghadiyaram, Bovik, "From patches to pictures (PaQ-2-PiQ): mapping the perceptual space of picture
 * quality", CVPR 2020.
 * Differs from the reference in nothing.
 */
import {
  batchNorm,
  dropout,
  type Layer,
  layer,
  linear,
  parts,
  relu,
  renamed,
  resnet,
  sequential,
  sequentialNames,
} from '@cupel/backbones'
import { defineMetric } from '@cupel/core'
import { network, type Value } from '@cupel/graph'
import { loadStrict, readCheckpoint } from '@cupel/graph/checkpoint'

/**
 * RoIPool of the whole picture to 2x2 cells: an image of W columns ends at column round(W / 32) of the map, so its cells, each half
 * of the columns 0 to that one, overlap where their number is odd, and end with the map.
 */
function cells(map: Value, image: Value): Value {
  const halves = (x: Value, axis: number): readonly Value[] => {
    const count = image.sizes([axis]).add(16).div(32).add(1)
    const half = count.add(1).div(2)
    return [x.slice([axis], [0], half), x.slice([axis], count.div(2), count)]
  }
  const corners = halves(map, 2).flatMap((rows) => halves(rows, 3).map((cell) => cell.max([2, 3], { keep: false })))
  return map.graph.concat(
    corners.map((corner) => corner.unsqueeze([2])),
    2,
  ) // [1, 512, 4]
}

const empty = (): Layer => layer((x) => x)

/** The network, from the image to its score, under the names of the checkpoint. */
export const paq2piqNetwork: Layer = parts(
  {
    body: renamed(resnet('resnet18'), sequentialNames),
    // Two pools without weights come first.
    head: sequential([
      empty(),
      empty(),
      batchNorm(1024),
      dropout(),
      linear(1024, 512),
      relu(),
      batchNorm(512),
      dropout(),
      linear(512, 1),
    ]),
  },
  (l, x) => {
    const four = cells(l.body(x).layer4, x)
    return l.head(x.graph.concat([four.max([2], { keep: false }), four.mean([2], { keep: false })], 1))
  },
)

/** The published checkpoint. */
export const checkpoint = {
  file: 'RoIPoolModel-fit.10.bs.120.pth',
  url: 'https://github.com/baidut/PaQ-2-PiQ/releases/download/v1.0/RoIPoolModel-fit.10.bs.120.pth',
  licence: 'MIT, see https://github.com/baidut/paq2piq',
  citation: 'Ying et al., From patches to pictures (PaQ-2-PiQ), CVPR 2020',
}

/** Higher is better; about 0 to 100. */
export const paq2piq = defineMetric({
  name: 'paq2piq',
  summary: 'ResNet-18 with region pooling, trained on pictures and patches of FLIVE',
  paper:
    'Ying et al., From patches to pictures (PaQ-2-PiQ): mapping the perceptual space of picture quality, CVPR 2020',
  better: 'higher',
  range: [58.38, 84.171],
  gradient: 'exact',
  // At up to 32 pixels the second half of the map would be empty.
  minimumSize: 33,
  weights: { network: checkpoint },
  async create(_, { device, weights }) {
    const file = await readCheckpoint(await weights('network'))
    const state = await loadStrict(file.at('model'), paq2piqNetwork.shapes)
    const net = network((g, image) => paq2piqNetwork(image, g.parameters(state)), { device })
    return { ...net, gradient: async (image) => ({ ...(await net.gradient(image)), kind: 'exact' }) }
  },
})

export default paq2piq
