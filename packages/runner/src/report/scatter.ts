import { extent } from 'd3-array'
import { scaleLinear, scaleSqrt } from 'd3-scale'
import { axes, stylesOf } from './axes.js'
import { draw, type Figure, label, textWidth } from './drawing.js'
import { figure } from './format.js'
import { markup } from './markup.js'
import type { Panel } from './panels.js'
import { mean } from './statistics.js'

interface Box {
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
}

const overlap = (a: Box, b: Box) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom

/**
 * Figure 6 of the study: Gain (up) against the quality of the purified images (right), a large marker for each defence's mean
 * over the attacks and a small one for each attack.
 *
 * @returns null where no attacked cell has both numbers
 */
export function qualityScatter(panel: Panel): Figure | null {
  const attacks = panel.attacks.filter((attack) => attack !== 'none')
  const defences = panel.defences.flatMap((defence) => {
    const marks = attacks.flatMap((attack) => {
      const cell = panel.cell(attack, defence)
      return cell && cell.gain !== null && cell.quality !== null
        ? [{ attack, gain: cell.gain, quality: cell.quality }]
        : []
    })
    const gain = mean(marks.map((mark) => mark.gain))
    const quality = mean(marks.map((mark) => mark.quality))
    return gain === null || quality === null ? [] : [{ defence, marks, gain, quality }]
  })
  if (defences.length === 0) return null

  const [left, top, width, height] = [72, 74, 476, 320]
  const all = defences.flatMap(({ marks }) => marks)
  const [low = 0, high = 1] = extent(all, ({ quality }) => quality)
  const margin = Math.max(0.02, (high - low) * 0.08)
  const x = scaleLinear([low - margin, high + margin], [left, left + width]).nice(6)
  const greatest = Math.max(0.01, ...all.map(({ gain }) => gain))
  // By the square root, since most defences worth telling apart lie near 0.
  const y = scaleSqrt([Math.min(0, ...all.map(({ gain }) => gain)), greatest * 1.05], [top + height, top]).nice(6)
  const styles = stylesOf(panel.defences)

  const frame = { left, right: left + width + 20, top: top - 8, bottom: top + height }
  const taken: Box[] = defences.map(({ gain, quality }) => around(x(quality), y(gain), 7, 7))
  const names = defences.map(({ defence, gain, quality }) => {
    const [half, cx, cy] = [textWidth(defence) / 2, x(quality), y(gain)]
    const places = [
      [0, -15],
      [0, 16],
      [half + 12, 0],
      [-half - 12, 0],
      [half + 9, -13],
      [-half - 9, -13],
      [half + 9, 13],
      [-half - 9, 13],
      [0, -30],
      [0, 31],
    ] as const
    const free = places
      .map(([dx, dy]) => around(cx + dx, cy + dy, half, 7))
      .find((box) => within(box, frame) && !taken.some((other) => overlap(box, other)))
    if (!free) return null
    taken.push(free)
    return label(defence, (free.left + free.right) / 2, free.bottom - 3, {
      anchor: 'middle',
      weight: weightOf(defence),
    })
  })
  // Where a name has no room beside its marker, all of them stand in a list on the right.
  const listed = names.includes(null) ? [...defences].sort((a, b) => a.gain - b.gain) : []
  const list = listed.map(({ defence }, i) => {
    const at = top + 6 + 15.5 * i
    return markup`${styles(defence).marker(left + width + 30, at, 46)}${label(defence, left + width + 42, at + 4, { weight: weightOf(defence) })}`
  })
  const listWidth = Math.max(0, ...listed.map(({ defence }) => textWidth(defence) + 34))
  const title = `Gain on ${panel.title} against quality`
  return draw({
    name: `quality-${panel.name}`,
    title,
    description: `Mean over ${attacks.length} attacks: ${defences.map(({ defence, gain, quality }) => `${defence} ${figure(gain)} at ${figure(quality)}`).join('; ')}.`,
    width: left + width + 28 + listWidth,
    height: Math.max(top + height + 54, top + 15.5 * listed.length + 10),
    body: markup`${label(title, 16, 26, { size: 15, weight: 600 })}
${label('Large: mean over attacks. Small: each attack. Further down and to the right is better.', 16, 45, { tone: 'faint' })}
${axes(x, y, 'Quality of the purified image, (SSIM + PSNR/80) / 2', 'Gain (square-root scale)')}
${defences.map(({ defence, marks }) => markup`<g opacity="0.4">${marks.map((mark) => markup`<g><title>${`${mark.attack} → ${defence}: Gain ${figure(mark.gain)}, quality ${figure(mark.quality)}`}</title>${styles(defence).marker(x(mark.quality), y(mark.gain), 26)}</g>`)}</g>\n`)}
${defences.map(({ defence, gain, quality }) => markup`<g><title>${`${defence}, mean: Gain ${figure(gain)}, quality ${figure(quality)}`}</title>${styles(defence).marker(x(quality), y(gain), 110)}</g>\n`)}
${listed.length > 0 ? list : names}`,
  })
}

const within = (box: Box, frame: Box) =>
  box.left > frame.left && box.right < frame.right && box.top > frame.top && box.bottom < frame.bottom

const weightOf = (defence: string) => (defence === 'none' ? 700 : 400)

const around = (x: number, y: number, halfWidth: number, halfHeight: number): Box => ({
  left: x - halfWidth,
  right: x + halfWidth,
  top: y - halfHeight,
  bottom: y + halfHeight,
})
