// Backbones, and metrics built upon them: score and gradient with respect to the image at 299x299, weights frozen, beside PyTorch with
// as many threads. Two runs at most are held in memory: large networks take gigabytes on both sides.
import { classifier } from '@cupel/backbones'
import { network } from '@cupel/graph'
import { picture, seededState } from '@cupel/metric-parity'
import { linearityNetwork } from '../packages/metrics-linearity/dist/network.js'
import { metaiqaNetwork } from '../packages/metrics-metaiqa/dist/network.js'
import { spaqNetwork } from '../packages/metrics-spaq/dist/index.js'
import { patches } from '../packages/metrics-spaq/dist/patches.js'
import { arithmetic, rate } from './arithmetic.mjs'
import { alternating, isWanted, rounded, timed } from './measure.mjs'
import { python } from './python.mjs'

// One thread on both sides, as the runner's workers have: more of them wait for each other on a machine that does anything else.
const [width, height, threads] = [299, 299, 1]

const plain = (layers) => ({ layers, score: (x, w) => layers(x, w).sum() })

/** By the name that networks.py knows: the network, PyTorch's mode, the goal for the ratio of times. */
const subjects = [
  ['resnet18', plain(classifier('resnet18')), '', 0.7],
  ['resnet50', plain(classifier('resnet50')), '', 0.6],
  ['resnet50', plain(classifier('resnet50')), 'channels_last', 0.78],
  ['vgg16', plain(classifier('vgg16')), '', 0.6],
  ['resnext101_32x8d', plain(classifier('resnext101_32x8d')), '', 0.7],
  ['squeezenet1_0', plain(classifier('squeezenet1_0')), '', 0.7],
  ['mobilenet_v2', plain(classifier('mobilenet_v2')), '', 0.7],
  ['metaiqa', plain(metaiqaNetwork), '', 0.7],
  ['spaq', { layers: spaqNetwork, score: (x, w) => spaqNetwork(patches(x), w).mean() }, '', 0.6],
  ['linearity', plain(linearityNetwork), '', 0.7],
]

export default async function networks() {
  const rows = []
  const gflops = rate()
  for (const [name, { layers, score }, mode, goal] of subjects) {
    if (!isWanted(name)) continue
    const state = seededState(layers.shapes)
    const net = network((g, image) => score(image, g.parameters(state)), { threads })
    const image = picture(width, height)
    const peer = await python('networks.py', name, `${threads}`, `${width}`, `${height}`, ...(mode ? [mode] : []))
    const times = await alternating({
      ours: () => timed(() => net.gradient(image)),
      peer: peer.time,
      rounds: 9,
      warmUp: 2,
    })
    rows.push({
      name: `${name}: score and gradient at ${width}x${height}, ${threads} thread${mode ? `, beside ${mode}` : ''}`,
      unit: 'ms',
      ours: times.ours,
      peer_name: peer.name,
      peer: times.peer,
      ratio: times.ratio,
      goal,
    })
    console.error(rows.at(-1))
    if (!mode && gflops) {
      const work = arithmetic((g, x) => score(x, g.parameters(state)), width, height)
      rows.push({
        name: `${name}: score and gradient at ${width}x${height}, ${threads} thread, beside its arithmetic`,
        unit: 'ms',
        ours: times.ours,
        peer_name: `${work.toPrecision(3)} GFLOP at ${gflops.toPrecision(3)} GFLOP/s`,
        peer: rounded((1000 * work) / gflops),
        ratio: rounded((times.ours * gflops) / (1000 * work)),
      })
    }
    await net.dispose()
    await peer.stop()
  }
  return rows
}
