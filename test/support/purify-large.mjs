// purify-large.mjs DEFENCE [WIDTH HEIGHT]: purifies a picture of 8,000 x 6,000 pixels, or as large as it is told, and prints the sides of the
// result and the most memory that the process held, in bytes. Of networks it takes ones with few channels.
import { networks } from './tiny-networks.mjs'

const [, , name, width = 8000, height = 6000] = process.argv.map((word, i) => (i > 2 ? Number(word) : word))
const alone = async () =>
  (await import(new URL(`../../packages/defences-${name}/dist/index.js`, import.meta.url))).default()
const defence = await (networks[name] ?? alone)()
const data = new Float32Array(3 * width * height)
for (let i = 0, x = 0, y = 0; i < data.length; i++) {
  data[i] = (((x >> 4) + (y >> 3) + ((x * 13 + y * 7) % 11)) & 255) / 255
  if (++x === width) [x, y] = [0, (y + 1) % height]
}
const purified = await defence.purify({ width, height, data })
const memory = process.resourceUsage().maxRSS * 1024
console.log(JSON.stringify({ sides: [purified.width, purified.height], memory }))
process.exit()
