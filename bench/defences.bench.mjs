// The filter defences on an 8-bit photograph of 299 x 299 pixels, each beside what does the same in Python.
import { readImage } from '@cupel/image'
import { photographs } from '@cupel/photographs'
import { alternating, timed } from './measure.mjs'
import { python } from './python.mjs'

const names = [
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

/** No slower than 1.5 of the peer where that takes more than 5 ms, else under 3 ms. */
const goal = (peer) => Number((peer > 5 ? 1.5 : Math.max(1.5, 3 / peer)).toPrecision(3))

export default async function defences() {
  const [{ path }] = photographs
  const image = await readImage(path)
  const rows = []
  for (const name of names) {
    const { default: plugin } = await import(`@cupel/defences-${name}`)
    const defence = await plugin.open()
    const peer = await python('defences.py', name, path)
    // V8 optimises what it has seen often, in the background: that is not what is timed.
    for (const start = performance.now(); performance.now() - start < 1500; ) await defence.purify(image)
    const times = await alternating({ ours: () => timed(() => defence.purify(image)), peer: peer.time })
    rows.push({
      name: `${name} at ${image.width}x${image.height}`,
      unit: 'ms',
      ours: times.ours,
      peer_name: peer.name,
      peer: times.peer,
      ratio: times.ratio,
      goal: goal(times.peer),
    })
    await peer.stop()
  }
  return rows
}
