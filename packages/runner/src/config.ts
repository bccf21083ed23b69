import { dirname, resolve } from 'node:path'
import { CupelError, type Measure, wrong, z } from '@cupel/core'
import { readNamed } from './named.js'
import type { Threat } from './rows.js'
import type { Strength } from './work/tailoring.js'

const names = z
  .union([z.string(), z.array(z.string())], 'expected a name or a list of names')
  .transform((value) => (typeof value === 'string' ? value.split(',') : value))
const paths = z.array(z.string(), 'expected a list of paths')
const [WHOLE, POSITIVE, SECONDS] = [
  'whole number, 0 or more',
  'whole number, 1 or more',
  'number of seconds, more than 0',
].map((what) => `expected a ${what}`) as [string, string, string]
const whole = z.coerce.number(WHOLE).int(WHOLE).nonnegative(WHOLE)
const positive = z.coerce.number(POSITIVE).int(POSITIVE).positive(POSITIVE)
const LINK = 'expected the name of a defence; options of your own get a name in "variants"'
const variants = z.record(z.string(), z.strictObject({ of: z.string(), options: z.record(z.string(), z.unknown()) }))

/** The greatest value of each measure. */
const GREATEST: Readonly<Record<Measure, number>> = { linf: 1, ssim: 1, psnr: 200, pixels: Number.MAX_SAFE_INTEGER }

/**
 * A strength as the command line has it: a measure and a number or fraction. L-infinity is rounded down to the 8-bit grid.
 *
 * @throws {CupelError} for anything else
 */
function parseStrength(text: string): Strength {
  const [, name, above, below = '1'] = /^(linf|ssim|psnr|pixels)=(\d+(?:\.\d+)?)(?:\/(\d+))?$/.exec(text) ?? []
  const measure = name as Measure
  const value = Number(above) / Number(below)
  const rounded = measure === 'linf' ? Math.floor(value * 255 + 1e-6) / 255 : value
  if (rounded > 0 && rounded <= GREATEST[measure]) return { measure, value: rounded }
  throw new CupelError('expected linf=8/255 (1/255 to 1), ssim=0.95, psnr=40 or pixels=20')
}

/** How often a random defence is drawn under each threat: one draw flatters it before an attacker who knows it. */
const drawsOf = (told?: number): Readonly<Record<Threat, number>> => ({
  static: told ?? 1,
  adaptive: told ?? 10,
  transfer: told ?? 1,
})

/** Everything that a run can be told, by the command line or by a configuration file; the only place of its defaults. */
export const runOptions = z.strictObject({
  images: paths.default([]).describe('files, folders, globs or @LIST (a text file of paths relative to itself)'),
  metrics: names.default(['all']).describe('names of metrics or of their variants, or all'),
  attacks: names.default(['all']).describe('names of attacks or of their variants, or all; none is always part'),
  defences: names.default(['all']).describe('names of defences or of their variants, or all; none is always part'),
  limit: positive.optional().describe('take the first N images'),
  seed: whole.default(0).describe('the seed of everything random'),
  threat: names
    .pipe(z.array(z.enum(['static', 'adaptive', 'transfer'])))
    .default(['static'])
    .describe('what the attacker knows: static, adaptive (the defence too), transfer (another metric only)'),
  objective: z
    .string()
    .regex(/^(improve|worsen|either|toward=-?\d+(\.\d+)?)$/, 'expected improve, worsen, either or toward=NUMBER')
    .default('improve')
    .describe('what the attack wants of the score: improve, worsen, either or toward=NUMBER'),
  strength: z
    .string()
    .transform((text, context) => {
      try {
        return parseStrength(text)
      } catch (error) {
        context.addIssue((error as CupelError).message)
        return z.NEVER
      }
    })
    .optional()
    .describe('set every attack to this strength, as in linf=8/255, ssim=0.95, psnr=40 or pixels=20'),
  train: paths
    .optional()
    .describe('images that trained attacks are trained on, and knobs set on; none of them may be evaluated'),
  draws: positive
    .optional()
    .transform(drawsOf)
    .describe('draws of each random defence; unless told, 10 where the attack is adaptive and 1 elsewhere'),
  samples: positive.default(1).describe('draws that an adaptive attack averages each gradient over (EOT)'),
  estimate: whole
    .default(0)
    .describe('pairs of scores that a gradient is estimated from where a metric has none (NES); 0 for none'),
  mos: z.string().optional().describe('CSV file of opinion scores: a column of image names and one of scores'),
  device: z.enum(['cpu', 'cuda', 'webgpu']).default('cpu').describe('where networks run'),
  concurrency: positive.optional().describe('jobs at the same time; as many as there are cores unless told'),
  timeout: z.coerce
    .number(SECONDS)
    .positive(SECONDS)
    .default(600)
    .describe('seconds that one step may take, an attack without asking its metric'),
  out: z.string().optional().describe('folder of the results'),
  plugins: paths.default([]).describe('plugin files, relative to the package that the run starts in'),
  variants: z
    .strictObject({ metric: variants, attack: variants, defence: variants })
    .partial()
    .default({})
    .describe('named sets of options: { kind: { name: { of: plugin, options } } }'),
  chains: z
    .record(z.string(), z.array(z.string(LINK)).min(2, 'expected two defences or more'))
    .default({})
    .describe('defences one after another: { name: [defence, defence, ...] }'),
})

export type RunOptions = z.output<typeof runOptions>

/** One message for all that is wrong, each with the option as it was typed, or its place in the file. */
function explain(error: z.ZodError, input: unknown, file?: string): CupelError {
  const problems = error.issues.map((issue) => {
    const [option, ...deeper] = issue.path
    // What was written, before it was made a number; within a list, the one that is wrong.
    const whole = option === undefined ? input : (input as Record<PropertyKey, unknown>)[option]
    const found = deeper.length === 0 ? whole : issue.input
    const known = option === undefined ? Object.keys(runOptions.shape) : []
    const place =
      file === undefined ? `--${String(option)}` : [file, ...(option ? [issue.path.join('.')] : [])].join(', ')
    return `${place}: ${wrong(issue, found, known)}`
  })
  return new CupelError(problems.join('\n'))
}

/**
 * The options of a run: what the command line says, else what the configuration file says, else the default. Paths of images, MOS and
 * output in a file are relative to the file.
 *
 * @throws {CupelError} that names the option, what was found and what was expected
 */
export function resolveOptions(given: Readonly<Record<string, unknown>>, configPath?: string): RunOptions {
  const fromFile = configPath === undefined ? {} : readConfig(configPath)
  const said = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
  if (Array.isArray(said.images) && said.images.length === 0) delete said.images
  const input = { ...fromFile, ...said }
  const result = runOptions.safeParse(input, { reportInput: true })
  // The file was in order by itself.
  if (!result.success) throw explain(result.error, input)
  return result.data
}

function readConfig(path: string): Record<string, unknown> {
  const text = readNamed(`--config ${path}`, path)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new CupelError(`--config ${path}: not JSON (${(error as Error).message})`)
  }
  const result = runOptions.partial().safeParse(value, { reportInput: true })
  if (!result.success) throw explain(result.error, value, `--config ${path}`)
  const config = value as { images?: string[]; train?: string[]; mos?: string; out?: string }
  const from = (file: string): string => resolve(dirname(path), file)
  const listed = (files: string[]): string[] =>
    files.map((one) => (one.startsWith('@') ? `@${from(one.slice(1))}` : from(one)))
  return {
    ...config,
    ...(config.train && { train: listed(config.train) }),
    ...(config.images && { images: listed(config.images) }),
    ...(config.mos && { mos: from(config.mos) }),
    ...(config.out && { out: from(config.out) }),
  }
}
