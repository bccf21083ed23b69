import type { PreliminaryRecord } from '../../store/preliminaries.js'
import { counted, fourDigits, NOTHING } from '../format.js'
import { type Markup, markup } from '../markup.js'
import type { Manifest } from './overview.js'
import { table } from './troubles.js'

const recordsOf = (manifest: Manifest, name: 'preparations' | 'calibrations'): readonly PreliminaryRecord[] => {
  const found = (manifest as Readonly<Record<string, unknown>>)[name]
  return Array.isArray(found) ? found : []
}

const seconds = ({ ms }: PreliminaryRecord): string => counted(Math.round(ms / 1000), 'second')

/** What was done before the matrix, on images of its own: attacks trained, knobs set. */
export function madeReady(manifest: Manifest): Markup | false {
  const [trained, set] = [recordsOf(manifest, 'preparations'), recordsOf(manifest, 'calibrations')]
  if (trained.length + set.length === 0) return false
  const lines = [...trained, ...set].map((one) => {
    const { attack, metric, defence, images, calibration } = one
    const what = calibration
      ? `knob ${fourDigits(calibration.knob)}, which gives ${fourDigits(calibration.achieved)}${calibration.reached ? '' : ' (the nearest)'}`
      : 'trained'
    return markup`<tr><td class="text">${attack}</td><td class="text">${metric}</td><td class="text">${defence || NOTHING}</td><td class="text">${what}</td><td class="text">${counted(images, 'image')}</td><td class="text">${seconds(one)}</td></tr>
`
  })
  return markup`<p>Attacks that were trained for a metric, and knobs that were set to a strength, before the matrix; none of those images is evaluated where an attack was trained.</p>
${table('Attacks made ready', ['attack', 'metric', 'behind', 'what', 'on', 'in'], lines)}`
}
