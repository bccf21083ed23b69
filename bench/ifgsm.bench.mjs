// I-FGSM, ten steps: beside the same loop in PyTorch with as many threads, and beside the part of its time that is the
// metric's gradient.
import ifgsm from '@cupel/attacks-ifgsm'
import { classifier } from '@cupel/backbones'
import { network } from '@cupel/graph'
import { picture, seededState } from '@cupel/metric-parity'
import { seededCnniqa } from './cnniqa.bench.mjs'
import { alternating, isWanted, timed } from './measure.mjs'
import { python } from './python.mjs'

const [width, height, threads] = [299, 299, 1]

/** ResNet-50 as a metric, on seeded weights. */
function seededResnet() {
  const layers = classifier('resnet50')
  const state = seededState(layers.shapes)
  return (g, image) => layers(image, g.parameters(state)).sum()
}

/** The network as a metric that adds up the milliseconds its gradients take in `inside`. */
const watched = (net, better) => ({
  better,
  range: [0, 100],
  score: net.score,
  inside: 0,
  async gradient(image) {
    const start = performance.now()
    const scored = await net.gradient(image)
    this.inside += performance.now() - start
    return { ...scored, kind: 'exact' }
  },
})

export default async function loops() {
  const cnniqa = await seededCnniqa()
  /** By the name that ifgsm.py knows: the network, which scores are better, the goal for the ratio, the rounds. */
  const subjects = [
    ['resnet50', seededResnet(), 'higher', 0.6, 5],
    ['cnniqa', cnniqa.build, 'lower', 0.5, 20],
  ]
  const attack = ifgsm({ eps: 10 / 255, step: 0.1, steps: 10 })
  const image = picture(width, height)
  const rows = []
  for (const [name, build, better, goal, rounds] of subjects) {
    if (!isWanted(name)) continue
    const net = network(build, { threads })
    const metric = watched(net, better)
    const ours = () => {
      metric.inside = 0
      return timed(() => attack.run(image, metric))
    }
    const row = async (what, peer_name, peer, goal) => {
      const times = await alternating({ ours, peer, rounds, warmUp: 2 })
      const title = `ifgsm: ten steps on ${name} at ${width}x${height}, ${threads} thread${what}`
      rows.push({ name: title, unit: 'ms', ours: times.ours, peer_name, peer: times.peer, ratio: times.ratio, goal })
      console.error(rows.at(-1))
    }
    const peer = await python('ifgsm.py', name, `${threads}`, `${width}`, `${height}`, cnniqa.path)
    await row('', peer.name, peer.time, goal)
    await peer.stop()
    // Of one and the same run: the whole and its part.
    await row(', beside its gradients', 'time inside the network', async () => metric.inside, 1.03)
    await net.dispose()
  }
  cnniqa.remove()
  return rows
}
