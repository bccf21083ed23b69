import { joinedNotes, type Notes } from '@cupel/core'
import type { Row } from '../rows.js'
import type { Store } from '../store/store.js'
import { type Failure, psnrOf } from '../work/job.js'
import type { Cell, Plan, Request, StepKeys } from './plan.js'

/** A row without numbers: every one of them is null until a step gives it. */
function emptyRow({ image, metric, attack, defence, attacked, threat, draw }: Cell, request: Request): Row {
  const readable = 'problem' in image ? { sha256: '', width: 0, height: 0 } : image
  return {
    metric: metric.label,
    attack: attack.label,
    defence: defence.label,
    metric_options: metric.options,
    attack_options: attack.options,
    defence_options: defence.options,
    image: image.name,
    image_sha256: readable.sha256,
    width: readable.width,
    height: readable.height,
    threat,
    attacked_metric: attacked.label,
    objective: request.objective,
    seed: request.seed,
    draw,
    status: 'ok',
    reason: '',
    better: metric.facts.better,
    range_low: metric.facts.range[0],
    range_high: metric.facts.range[1],
    score: null,
    clean_score: null,
    attacked_score: null,
    ssim: null,
    psnr: null,
    linf: null,
    l2: null,
    registered_ssim: null,
    registered_psnr: null,
    attacked_ssim: null,
    attacked_psnr: null,
    attacked_linf: null,
    attacked_l2: null,
    knob: knobOf(attack),
    score_queries: null,
    gradient_queries: null,
    gradient_kind: '',
    attack_ms: null,
    purify_ms: null,
    score_ms: null,
    notes: '',
    flags: '',
  }
}

function knobOf({ facts, options }: Cell['attack']): number | null {
  const value = facts.knob && JSON.parse(options)[facts.knob.option]
  return typeof value === 'number' ? value : null
}

/** What the steps noted, and the reasons for caution that they and the strength of the attack gave. */
const noted = (notes: Notes, { attack }: Cell): Pick<Row, 'notes' | 'flags'> => ({
  notes: Object.keys(notes).length > 0 ? JSON.stringify(notes) : '',
  flags: [notes.flag, attack.flags].filter(Boolean).join(' '),
})

/** What an attacker who knows the defence wanted of a score: more is better for him. `start` is what the source scores behind it. */
function success(score: number, start: number, { objective, better }: Row): number {
  const raised = better === 'higher' ? score : -score
  if (objective === 'worsen') return -raised
  if (objective === 'either') return Math.abs(score - start)
  if (objective.startsWith('toward=')) return -Math.abs(score - Number(objective.slice('toward='.length)))
  return raised
}

/** The row that some steps give. */
function rowFrom(cell: Cell, steps: StepKeys, request: Request, store: Store): Row {
  const empty = emptyRow(cell, request)
  const missing = (why: Failure | undefined, what = ''): Pick<Row, 'status' | 'reason'> => {
    const { status, reason } = why ?? { status: 'failed', reason: 'not computed: the run was stopped' }
    return { status, reason: what + reason }
  }
  const attack = store.attack(steps.attack)
  if (!attack) return { ...empty, ...missing(store.failure(steps.attack), 'attack: ') }
  const crafted: Row = {
    ...empty,
    attacked_score: store.reading(steps.undefended)?.score ?? null,
    clean_score: store.reading(steps.clean)?.score ?? null,
    attacked_ssim: attack.distance!.ssim,
    attacked_psnr: psnrOf(attack.distance!),
    attacked_linf: attack.distance!.linf,
    attacked_l2: attack.distance!.l2,
    score_queries: attack.score_queries,
    gradient_queries: attack.gradient_queries,
    gradient_kind: attack.gradient_kind,
    attack_ms: attack.ms,
    ...noted(attack.notes, cell),
  }
  const assay = store.assay(steps.assay)
  const reading = store.reading(steps.reading)
  if (!assay || !reading) return { ...crafted, ...missing(store.failure(steps.reading) ?? store.failure(steps.assay)) }
  const row: Row = {
    ...crafted,
    ...noted(joinedNotes(attack.notes, assay.notes), cell),
    score: reading.score,
    ssim: assay.distance!.ssim,
    psnr: psnrOf(assay.distance!),
    linf: assay.distance!.linf,
    l2: assay.distance!.l2,
    registered_ssim: assay.registered!.ssim,
    registered_psnr: psnrOf(assay.registered!),
    purify_ms: assay.ms,
    score_ms: reading.ms,
  }
  // Without the source's score a row says nothing about an attack or a defence.
  return row.clean_score === null
    ? { ...row, ...missing(store.failure(steps.clean), 'score of the source image: ') }
    : row
}

function rowOf(cell: Cell, request: Request, store: Store): Row {
  if (!cell.steps) return { ...emptyRow(cell, request), ...cell.verdict }
  const row = rowFrom(cell, cell.steps, request, store)
  if (!cell.steps.static || row.status !== 'ok') return row
  // An attacker who knows the defence can still use the attack that does not: the better of the two is his.
  const without = rowFrom(cell, cell.steps.static, request, store)
  const start = cell.steps.start ? store.reading(cell.steps.start)?.score : Number.NaN
  if (without.status !== 'ok' || start == null) return row
  if (success(without.score!, start, row) <= success(row.score!, start, row)) return row
  return { ...without, flags: [without.flags, 'static-stronger'].filter(Boolean).join(' ') }
}

/** The rows of a plan, from what the store has; a cell whose steps are not there is a row that says so. */
export const assemble = (plan: Plan, request: Request, store: Store): Row[] =>
  plan.cells.map((cell) => rowOf(cell, request, store))
