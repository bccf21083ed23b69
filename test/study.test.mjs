import { expect, test } from 'vitest'
import { measureDefences } from '../tools/study/defences.mjs'
import { families } from '../tools/study/matrices.mjs'

const defences = ['none', 'flip', 'resize', 'jpeg', 'gaussian-blur', 'median-blur', 'crop', 'rotate']
const attacks = [...families['all attacks'], 'none']
const images = Array.from({ length: 12 }, (_, i) => `${i}.png`)

/** A row for every attack, defence and image, whose numbers depend on all three. */
const rows = attacks.flatMap((attack, a) =>
  defences.flatMap((defence, d) =>
    images.map((image, i) => ({
      metric: 'm',
      attack,
      defence,
      image,
      status: 'ok',
      clean_score: 10 + i,
      score: 11 + i + Math.sin(a + 3 * d + 7 * i),
      ssim: 0.9 - 0.01 * d,
      psnr: 30 + d + Math.cos(i),
    })),
  ),
)
const measured = (some) => measureDefences([{ name: 'filters', shown: 'filters', rows: some }])

test.each(['flip', 'none', 'rotate'])(
  'orderings of which %s lacks an image are those of the other images',
  (defence) => {
    const lacking = measured(rows.filter((row) => row.image !== '3.png' || row.defence !== defence))
    expect(lacking.orderings).toEqual(measured(rows.filter(({ image }) => image !== '3.png')).orderings)
    expect(lacking.orderings[0].n).toBe(11)
    const counted = lacking.tables[0].cells.map(({ families: some }) => some['all attacks'].n)
    expect(counted).toEqual(defences.map((one) => (one === defence ? 11 : 12)))
  },
)
