import { type Plugin, z } from '@cupel/core'

/** Options of a plugin by name, as they were typed: `--set size=256`. */
export type Settings = Readonly<Record<string, string>>

/** What was typed as an option: JSON where it takes that, else the text itself. */
function valueFrom(text: string, option: z.core.$ZodType | undefined): unknown {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return text
  }
  const takes = (one: unknown): boolean => option !== undefined && z.safeParse(option, one).success
  return !takes(value) && takes(text) ? text : value
}

/** Options that were typed as the values that the plugin's schema takes them for. */
export const typed = ({ options: { shape } }: Plugin, settings: Settings): Record<string, unknown> =>
  Object.fromEntries(Object.entries(settings).map(([name, text]) => [name, valueFrom(text, shape[name])]))
