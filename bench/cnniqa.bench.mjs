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

export default async function cnniqa() {
  const folder = mkdtempSync(join(tmpdir(), 'cupel-bench-'))
  const weights = join(folder, 'weights.pt')
  writeFileSync(
    weights,
    gunzipSync(readFileSync(new URL('../packages/metrics-cnniqa/fixtures/weights.gz', import.meta.url))),
  )
  const state = await loadStrict(await readCheckpoint(weights), shapes)
  const rows = []
  for (const threads of [1, 2]) {
    const peer = await python('cnniqa.py', weights, `${threads}`, `${width}`, `${height}`)
    const net = network((g, image) => cnniqaNetwork(g, image, state), { threads })
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
  rmSync(folder, { recursive: true })
  return rows
}
