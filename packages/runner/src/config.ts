import { existsSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { CupelError, type Measure, z } from '@cupel/core'
import type { Strength } from './work/tailoring.js'

const names = z
  .union([z.string(), z.array(z.string())])
  .transform((value) => (typeof value === 'string' ? value.split(',') : value))
const whole = z.coerce.number().int().nonnegative()
const positive = z.coerce.number().int().positive()
const variants = z.record(z.string(), z.strictObject({ of: z.string(), options: z.record(z.string(), z.unknown()) }))

/** A strength as the command line has it: a measure and a number or fraction. L-infinity is rounded down to the 8-bit grid. */
export function parseStrength(text: string): Strength | undefined {
  const [, measure, above, below = '1'] = /^(linf|ssim|psnr|pixels)=(\d+(?:\.\d+)?)(?:\/(\d+))?$/.exec(text) ?? []
  if (measure === undefined) return undefined
  const value = Number(above) / Number(below)
  return { measure: measure as Measure, value: measure === 'linf' ? Math.floor(value * 255 + 1e-6) / 255 : value }
}

/** Everything that a run can be told, by the command line or by a configuration file; the only place of its defaults. */
export const runOptions = z.strictObject({
  images: z
    .array(z.string())
    .default([])
    .describe('files, folders, globs or @LIST (a text file of paths relative to itself)'),
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
      const strength = parseStrength(text)
      if (strength) return strength
      context.addIssue({
        code: 'custom',
        message: `found "${text}", expected linf=8/255, ssim=0.95, psnr=40 or pixels=20`,
      })
      return z.NEVER
    })
    .optional()
    .describe('set every attack to this strength, as in linf=8/255, ssim=0.95, psnr=40 or pixels=20'),
  train: z
    .array(z.string())
    .optional()
    .describe('images that trained attacks are trained on, and knobs set on; none of them may be evaluated'),
  draws: positive.default(1).describe('draws of each random defence'),
  samples: positive.default(1).describe('draws that an adaptive attack averages each gradient over (EOT)'),
  mos: z.string().optional().describe('CSV file of opinion scores: a column of image names and one of scores'),
  device: z.enum(['cpu', 'cuda', 'webgpu']).default('cpu').describe('where networks run'),
  concurrency: positive.optional().describe('jobs at the same time; as many as there are cores unless told'),
  timeout: z.coerce.number().positive().default(600).describe('seconds that one step may take'),
  out: z.string().optional().describe('folder of the results'),
  plugins: z.array(z.string()).default([]).describe('plugin files, relative to the package that the run starts in'),
  variants: z
    .strictObject({ metric: variants, attack: variants, defence: variants })
    .partial()
    .default({})
    .describe('named sets of options: { kind: { name: { of: plugin, options } } }'),
  chains: z
    .record(z.string(), z.array(z.string()).min(2))
    .default({})
    .describe('defences one after another: { name: [defence, defence, ...] }'),
})

export type RunOptions = z.output<typeof runOptions>

/** One message for all that is wrong, each with where it was found. */
function explain(error: z.ZodError, source: string): CupelError {
  const problems = error.issues.map(
    ({ path, message }) => `${source}${path.length ? `, ${path.join('.')}` : ''}: ${message}`,
  )
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
  const result = runOptions.safeParse({ ...fromFile, ...said })
  if (!result.success) throw explain(result.error, configPath ? `command line or ${configPath}` : 'command line')
  return result.data
}

function readConfig(path: string): Record<string, unknown> {
  if (!existsSync(path)) throw new CupelError(`--config ${path}: no such file`)
  let value: unknown
  try {
    value = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new CupelError(`--config ${path}: not JSON (${(error as Error).message})`)
  }
  const result = runOptions.partial().safeParse(value)
  if (!result.success) throw explain(result.error, path)
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
