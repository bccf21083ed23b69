// Metrics as they are used: the score at 299x299, and the gradient of those that networks.bench.mjs has not, on one thread. The
// networks have seeded weights in a checkpoint of the official kind and PyTorch beside them; the others have no peer here.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { presentWeights } from '@cupel/core'
import { picture, saveTorch, seededState } from '@cupel/metric-parity'
import brisque from '@cupel/metrics-brisque'
import cnniqa from '@cupel/metrics-cnniqa'
import dbcnn from '@cupel/metrics-dbcnn'
import hyperiqa from '@cupel/metrics-hyperiqa'
import koncept512, { konceptNetwork } from '@cupel/metrics-koncept512'
import linearity from '@cupel/metrics-linearity'
import metaiqa from '@cupel/metrics-metaiqa'
import niqe from '@cupel/metrics-niqe'
import nss from '@cupel/metrics-nss'
import paq2piq, { paq2piqNetwork } from '@cupel/metrics-paq2piq'
import piqe from '@cupel/metrics-piqe'
import spaq, { spaqNetwork } from '@cupel/metrics-spaq'
import { dbcnnNetwork } from '../packages/metrics-dbcnn/dist/network.js'
import { hyperNetwork } from '../packages/metrics-hyperiqa/dist/network.js'
import { linearityNetwork } from '../packages/metrics-linearity/dist/network.js'
import { metaiqaNetwork } from '../packages/metrics-metaiqa/dist/network.js'
import { alternating, isWanted, median, rounded, timed } from './measure.mjs'
import { python } from './python.mjs'

const [width, height] = [299, 299]
const below = (key) => (state) => new Map([[key, state]])

/** A metric, its network, how its checkpoint holds that, and what is timed. */
const networks = [
  [linearity, linearityNetwork, (model) => new Map(Object.entries({ model, k: [1], b: [0] })), ['score']],
  [metaiqa, metaiqaNetwork, (state) => state, ['score']],
  [spaq, spaqNetwork, below('state_dict'), ['score']],
  [hyperiqa, hyperNetwork, (state) => state, ['score', 'gradient']],
  [koncept512, konceptNetwork, (state) => state, ['score', 'gradient']],
  [paq2piq, paq2piqNetwork, below('model'), ['score', 'gradient']],
  [dbcnn, dbcnnNetwork, (state) => state, ['score', 'gradient']],
]
const alone = [
  [nss, 'score'],
  [nss, 'gradient'],
  [cnniqa, 'score'],
  [niqe, 'score'],
  [brisque, 'score'],
  [piqe, 'score'],
]

const image = picture(width, height)

const named = (metric, what) =>
  `${metric.name}: score${what === 'gradient' ? ' and gradient' : ''} at ${width}x${height}, 1 thread`
const wanted = ([metric]) => isWanted(metric.name)

async function besidePyTorch(metric, layers, saved, whats) {
  const folder = mkdtempSync(join(tmpdir(), 'cupel-bench-'))
  const path = join(folder, 'checkpoint.pth')
  saveTorch(path, saved(seededState(layers.shapes)))
  const opened = await metric.open({}, { weights: async () => path })
  const rows = []
  for (const what of whats) {
    const peer = await python(
      'networks.py',
      metric.name,
      '1',
      `${width}`,
      `${height}`,
      ...(what === 'score' ? [what] : []),
    )
    const ours = () => timed(() => opened[what](image))
    const times = await alternating({ ours, peer: peer.time, rounds: 9, warmUp: 2 })
    await peer.stop()
    rows.push({ name: named(metric, what), unit: 'ms', ours: times.ours, peer_name: peer.name, ...times })
    console.error(rows.at(-1))
  }
  await opened.dispose?.()
  rmSync(folder, { recursive: true })
  return rows
}

async function byItself(metric, what) {
  const weights = async (name) => presentWeights(metric.name, metric.facts(metric.parse({})).weights[name])
  const opened = await metric.open({}, { weights })
  // V8 optimises what it has seen often, in the background: that is not what is timed.
  for (const start = performance.now(); performance.now() - start < 1500; ) await opened[what](image)
  const times = []
  for (let round = 0; round < 15; round++) times.push(await timed(() => opened[what](image)))
  await opened.dispose?.()
  return { name: named(metric, what), unit: 'ms', ours: rounded(median(times)) }
}

export default async function metrics() {
  const rows = []
  for (const subject of networks.filter(wanted)) rows.push(...(await besidePyTorch(...subject)))
  for (const subject of alone.filter(wanted)) {
    // Some need files that are not there by themselves.
    const row = await byItself(...subject).catch((error) => console.error(`${subject[0].name}: ${error.message}`))
    if (row) rows.push(row)
  }
  return rows
}
