import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createRandom, imageOf, isUnavailable, quantised, resize } from '../../packages/core/dist/index.js'
import { readImage, toSharp } from '../../packages/image/dist/index.js'
import { photographs } from '../../packages/photographs/dist/index.js'
import { discover } from '../../packages/runner/dist/index.js'

/** How much a difference is amplified to be seen, pixels between panels, and the white around them. */
const [AMPLIFIED, GAP, WHITE] = [8, 4, 1]

/** The attacked photograph, and an attack strong enough to be seen on an embedded metric: nothing is needed to draw it again. */
const [PHOTOGRAPH, METRIC, ATTACK, STRENGTH] = ['chelsea', 'nss', 'ifgsm', { eps: '16/255', step: 0.05, steps: 30 }]

/** Images side by side, each in the middle of a square of the given side; what is larger than that is reduced. */
function strip(images, side) {
  const fitted = images.map((image) => {
    const most = Math.max(image.width, image.height)
    const scaled = (length) => Math.round((length * side) / most)
    return most > side ? resize(image, { width: scaled(image.width), height: scaled(image.height) }) : image
  })
  const width = images.length * (side + GAP) - GAP
  const data = new Float32Array(3 * width * side).fill(WHITE)
  for (const [i, image] of fitted.entries()) {
    const left = i * (side + GAP) + Math.floor((side - image.width) / 2)
    const top = Math.floor((side - image.height) / 2)
    for (let row = 0; row < 3 * image.height; row++) {
      const [plane, y] = [Math.floor(row / image.height), row % image.height]
      const start = plane * width * side + (top + y) * width + left
      data.set(image.data.subarray(row * image.width, (row + 1) * image.width), start)
    }
  }
  return { width, height: side, data }
}

const context = () => ({ random: createRandom(0), signal: new AbortController().signal })

/** What differs from the source, about mid-gray. */
function difference(image, source) {
  const frame = source.width === image.width && source.height === image.height ? source : resize(source, image)
  return imageOf(image.width, image.height, (i) => 0.5 + AMPLIFIED * (image.data[i] - frame.data[i]))
}

/** Opens a defence, if what it needs is here. */
async function openIfPossible(plugin) {
  try {
    return await plugin.open({})
  } catch (error) {
    if (isUnavailable(error)) return undefined
    throw error
  }
}

/**
 * A picture for each defence that can be run here, of a photograph that may be shown: what the defence makes of the attacked image, and what is
 * left of the change; and one, `none`, of the attacked image itself, after the source.
 */
export async function draw(root) {
  const folder = join(root, 'docs/images/defences')
  const catalogue = await discover(root, [])
  const plugin = (kind, name) => catalogue[kind].get(name).plugin
  const source = await readImage(photographs.find(({ name }) => name === PHOTOGRAPH).path)
  const write = (name, panels) =>
    toSharp(strip(panels, source.width))
      .webp({ quality: 35, effort: 6 })
      .toFile(join(folder, `${name}.webp`))
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const attack = plugin('attack', ATTACK)(STRENGTH)
  const attacked = quantised(await attack.run(source, plugin('metric', METRIC)(), context()))
  await write('none', [source, attacked, difference(attacked, source)])
  for (const [name, { plugin: defence }] of catalogue.defence) {
    const opened = name !== 'none' && (await openIfPossible(defence))
    if (!opened) continue
    const purified = await opened.purify(attacked, context())
    await write(name, [purified, difference(purified, (await purified.register?.(source)) ?? source)])
    await opened.dispose?.()
  }
}
