// Defences on an 8-bit photograph of 299 x 299 pixels, each beside what does the same in Python where there is such a thing: filters, then
// networks whose files are at hand, on one thread.
import { isUnavailable } from '@cupel/core'
import { readImage } from '@cupel/image'
import { photographs } from '@cupel/photographs'
import { alternating, isWanted, timed } from './measure.mjs'
import { python } from './python.mjs'

const filters = [
  'flip',
  'rotate',
  'crop',
  'resize',
  'upscale',
  'gaussian-blur',
  'median-blur',
  'unsharp',
  'color-quantization',
  'random-noise',
  'bilateral',
  'tv',
  'jpeg',
  'webp',
  'diffjpeg',
]
const networks = ['dncnn', 'ffdnet', 'bf-cnn', 'comdefend']

/** What is measured, and the script that has its peer, if there is one. */
const subjects = [
  ...filters.map((name) => [name, 'defences.py']),
  ...networks.map((name) => [name, 'defence_networks.py']),
  ...['avif', 'esrgan', 'maxim', 'diffpure'].map((name) => [name]),
]

/** No slower than 1.5 of the peer where that takes more than 5 ms, else under 3 ms. */
const goal = (peer) => Number((peer > 5 ? 1.5 : 3 / peer).toPrecision(3))

/** The defence at its defaults; undefined where its files are not at hand. */
async function opened(name) {
  const { default: plugin } = await import(`@cupel/defences-${name}`)
  try {
    return await plugin.open()
  } catch (error) {
    if (!isUnavailable(error)) throw error
    console.error(`not measured: ${error.message}`)
    return undefined
  }
}

/** A peer of nothing: its times do not count. */
const alone = { name: undefined, time: () => 1, stop: async () => {} }

export default async function defences() {
  const [{ path }] = photographs
  const image = await readImage(path)
  const rows = []
  for (const [name, script] of subjects) {
    if (!isWanted(name)) continue
    const defence = await opened(name)
    if (!defence) continue
    const peer = script ? await python(script, name, path) : alone
    // V8 optimises what it has seen often, in the background: that is not what is timed.
    for (const start = performance.now(); performance.now() - start < 1500; ) await defence.purify(image)
    const once = await timed(() => defence.purify(image))
    const rounds = once > 5000 ? { rounds: 1, warmUp: 0 } : once > 100 ? { rounds: 5, warmUp: 1 } : {}
    const times = await alternating({ ours: () => timed(() => defence.purify(image)), peer: peer.time, ...rounds })
    rows.push({
      name: `${name} at ${image.width}x${image.height}`,
      unit: 'ms',
      ours: times.ours,
      ...(script && { peer_name: peer.name, peer: times.peer, ratio: times.ratio, goal: goal(times.peer) }),
    })
    await peer.stop()
    await defence.dispose?.()
  }
  return rows
}
