// purify-large.mjs DEFENCE: purifies a picture of 8,000 x 6,000 pixels and prints the sides of the result and the most memory
// that the process held, in bytes.
const { default: plugin } = await import(
  new URL(`../../packages/defences-${process.argv[2]}/dist/index.js`, import.meta.url)
)
const [width, height] = [8000, 6000]
const data = new Float32Array(3 * width * height)
for (let i = 0, x = 0, y = 0; i < data.length; i++) {
  data[i] = (((x >> 4) + (y >> 3) + ((x * 13 + y * 7) % 11)) & 255) / 255
  if (++x === width) [x, y] = [0, (y + 1) % height]
}
const purified = await plugin().purify({ width, height, data })
const memory = process.resourceUsage().maxRSS * 1024
console.log(JSON.stringify({ sides: [purified.width, purified.height], memory }))
