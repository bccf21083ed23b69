/**
 * One-pixel attack: differential evolution of a few pixels, each a place and a colour. A child is x_r1 + F (x_r2 -
 * x_r3) of three other members and replaces its father if the score improves.
 *
 * Su, Vargas, Sakurai, "One pixel attack for fooling deep neural networks", IEEE TEVC 2019, arXiv:1710.08864.
 * Differs from the reference in the population and the generations, which are the follow-up study's (300 members, 10
 * generations, 10 pixels), and in bringing children that leave the image or the colours' range back to its border.
 */
import { type Context, defineAttack, type Image, z } from '@cupel/core'
import { oracle, queries } from '@cupel/descent'

const options = z.object({
  pixels: z.int().min(0).max(10_000).default(10).describe('pixels that are changed'),
  queries: queries().default(3300).describe('scores that may be asked for: one for each member of each generation'),
  population: z.int().min(4).max(10_000).default(300).describe('members of a generation'),
  F: z.number().positive().max(2).default(0.5).describe('weight of the difference of two members'),
})

/** A member: (column, row, red, green, blue) of each pixel, places in pixels and colours in 0..1. */
type Member = Float64Array

const clip = (value: number, most: number): number => Math.min(most, Math.max(0, value))

/** Places within the image, colours within 0..1. */
const inside = (member: Member, { width, height }: Image): Member =>
  member.map((value, i) => clip(value, [width - 0.001, height - 0.001, 1, 1, 1][i % 5]!))

/** Places drawn uniformly, colours from a normal distribution about the middle that reaches black and white often. */
function born(pixels: number, x: Image, random: Context['random']): Member {
  const places = random.fork('places').uniforms(2 * pixels)
  const colours = random.fork('colours').normals(3 * pixels)
  const member = Float64Array.from({ length: 5 * pixels }, (_, i) => {
    const [pixel, part] = [Math.floor(i / 5), i % 5]
    return part < 2
      ? places[2 * pixel + part]! * [x.width, x.height][part]!
      : 0.5 + 0.5 * colours[3 * pixel + part - 2]!
  })
  return inside(member, x)
}

/** The image with a member's pixels on it. */
function painted(x: Image, member: Member): Image {
  const data = x.data.slice()
  for (let i = 0; i < member.length; i += 5) {
    const at = Math.floor(member[i + 1]!) * x.width + Math.floor(member[i]!)
    for (let c = 0; c < 3; c++) data[c * x.width * x.height + at] = member[i + 2 + c]!
  }
  return { width: x.width, height: x.height, data }
}

/** Three members' numbers, all different and none of them `i`. */
function others(i: number, count: number, random: Context['random']): number[] {
  const free = Array.from({ length: count }, (_, k) => k).filter((k) => k !== i)
  return ['r1', 'r2', 'r3'].map((label) => free.splice(random.fork(label).integer(free.length), 1)[0]!)
}

/** Each member against the child x_r1 + F (x_r2 - x_r3), generation by generation, until the queries are spent. */
export const onepixel = defineAttack({
  name: 'onepixel',
  summary: 'black-box: differential evolution of a few pixels',
  paper: 'Su, Vargas, Sakurai, One pixel attack for fooling deep neural networks, IEEE TEVC 2019, arXiv:1710.08864',
  options,
  variants: {
    'onepixel-20px': { pixels: 20 },
    'onepixel-40px': { pixels: 40 },
    // So few queries find a good place for one pixel, and none for ten together.
    'onepixel-1000': { pixels: 1, queries: 1000, population: 50 },
  },
  aliases: { 'one-pixel': 'onepixel' },
  needs: 'score',
  random: true,
  knob: { option: 'pixels', measure: 'pixels', range: [1, 100], whole: true, budget: true },
  create: ({ pixels, queries, population, F }) => ({
    async run(x, target, { random, signal }) {
      const asked = oracle(target, queries, { signal })
      let members: { readonly member: Member; readonly loss: number }[] = []
      for (let i = 0; i < population && asked.left > 0; i++) {
        const member = born(pixels, x, random.fork('born', i))
        members.push({ member, loss: await asked.loss(painted(x, member)) })
      }
      for (let generation = 1; asked.left > 0; generation++) {
        const next = members.slice()
        for (let i = 0; i < population && asked.left > 0; i++) {
          const [a, b, c] = others(i, population, random.fork('child', generation, i)).map((k) => members[k]!.member)
          const child = inside(
            a!.map((value, k) => value + F * (b![k]! - c![k]!)),
            x,
          )
          const loss = await asked.loss(painted(x, child))
          if (loss < next[i]!.loss) next[i] = { member: child, loss }
        }
        members = next
      }
      return painted(x, members.reduce((best, one) => (one.loss < best.loss ? one : best)).member)
    },
  }),
})

export default onepixel
