// Peak resident memory of a network, from its checkpoint on: node memory.mjs NAME gradient|score WIDTH HEIGHT CHECKPOINT.
// Prints megabytes, and the milliseconds from opening the checkpoint to the first result.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { classifier } from '@cupel/backbones'
import { network } from '@cupel/graph'
import { loadStrict, readCheckpoint } from '@cupel/graph/checkpoint'
import { linearityNetwork } from '../packages/metrics-linearity/dist/network.js'

export const layersOf = (name) => (name === 'linearity' ? linearityNetwork : classifier(name))

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [name, what, width, height, path] = process.argv.slice(2)
  const image = { width: Number(width), height: Number(height), data: new Float32Array(3 * width * height).fill(0.5) }
  const start = performance.now()
  const layers = layersOf(name)
  const state = await loadStrict((await readCheckpoint(path)).at('model'), layers.shapes)
  const net = network((g, x) => layers(x, g.parameters(state)).sum())
  await net[what](image)
  const first = performance.now() - start
  for (let again = 0; again < 2; again++) await net[what](image)
  // Not resourceUsage's, which begins with what the process that started this one had.
  const [, peak] = /VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))
  console.log((peak * 1024) / 1e6, first)
  await net.dispose()
}
