// CNNIQA: score and gradient with respect to the image, weights frozen, beside PyTorch with as many threads.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { network } from '@cupel/graph'
import { loadStrict, readCheckpoint } from '@cupel/graph/checkpoint'
import { picture } from '@cupel/metric-parity'
import { cnniqaNetwork, shapes } from '../packages/metrics-cnniqa/dist/network.js'
import { alternating, timed } from './measure.mjs'
import { python } from './python.mjs'

const [width, height] = [299, 299]

/**
 * Random weights of CNNIQA as a checkpoint: its path and the function that removes it, and the build of the network with them.
 */
export async function seededCnniqa() {
  const folder = mkdtempSync(join(tmpdir(), 'cupel-bench-'))
  const path = join(folder, 'weights.pt')
  writeFileSync(
    path,
    gunzipSync(readFileSync(new URL('../packages/metrics-cnniqa/fixtures/weights.gz', import.meta.url))),
  )
  const state = await loadStrict(await readCheckpoint(path), shapes)
  return {
    path,
    build: (g, image) => cnniqaNetwork(g, image, state),
    remove: () => rmSync(folder, { recursive: true }),
  }
}

export default async function cnniqa() {
  const { path, build, remove } = await seededCnniqa()
  const rows = []
  for (const threads of [1, 2]) {
    const peer = await python('cnniqa.py', path, `${threads}`, `${width}`, `${height}`)
    const net = network(build, { threads })
    const image = picture(width, height)
    const times = await alternating({ ours: () => timed(() => net.gradient(image)), peer: peer.time })
    rows.push({
      name: `cnniqa: score and gradient at ${width}x${height}, ${threads} thread${threads > 1 ? 's' : ''}`,
      unit: 'ms',
      ours: times.ours,
      peer_name: peer.name,
      peer: times.peer,
      ratio: times.ratio,
      goal: 0.5,
    })
    await net.dispose()
    await peer.stop()
  }
  remove()
  return rows
}
