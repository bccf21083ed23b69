import { distance } from 'fastest-levenshtein'
import type { z } from 'zod'

const sorted = (name: string): string => [...name].sort().join('')

/** How many slips of the hand lie between two names; the same letters in another order are one. */
const slips = (a: string, b: string): number => (a !== b && sorted(a) === sorted(b) ? 1 : distance(a, b))

/**
 * The nearest of the names to one that is none of them, as a hint to its writer: `did you mean "x"? `; empty when none is near: two slips off, or
 * one for each three letters of a long name, and never for each two.
 */
export function suggestion(name: string, names: readonly string[]): string {
  const [near] = names.toSorted((a, b) => slips(name, a) - slips(name, b))
  if (near === undefined) return ''
  const [off, shorter] = [slips(name, near), Math.min(name.length, near.length)]
  return off <= Math.max(2, name.length / 3) && off < shorter / 2 ? `did you mean "${near}"? ` : ''
}

const KINDS: Readonly<Record<string, string>> = {
  record: 'an object',
  object: 'an object',
  array: 'a list',
  int: 'a whole number',
  string: 'text',
  boolean: 'true or false',
}

const either = (expected: readonly string[]): string =>
  [...new Set(expected)].join(', ').replace(/, ([^,]*)$/, ' or $1')

/** What an issue says was expected: the words of the schema where it has its own, else a person's in place of the library's. */
function expected(issue: z.core.$ZodIssue): string {
  const { message } = issue
  if (!/^(Invalid|Too)\b/.test(message)) return message.replace(/^expected /, '')
  if (issue.code === 'invalid_value') return either(issue.values.map(String))
  if (issue.code === 'invalid_type') return KINDS[issue.expected] ?? `a ${issue.expected}`
  if (issue.code === 'invalid_union') return either(issue.errors.flatMap((issues) => issues.map(expected)))
  if (issue.code === 'too_big') return `${issue.inclusive ? 'at most' : 'less than'} ${issue.maximum}`
  if (issue.code === 'too_small') return `${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}`
  return message
}

/**
 * What is wrong with options, in a person's words: what was found and what was expected.
 *
 * @param found the value, as it was written
 * @param known names that would have been understood in place of one that is not
 */
export function wrong(issue: z.core.$ZodIssue, found: unknown, known: readonly string[]): string {
  if (issue.code !== 'unrecognized_keys')
    return `found ${JSON.stringify(found) ?? 'nothing'}, expected ${expected(issue)}`
  return issue.keys.map((key) => `"${key}" is no option; ${suggestion(key, known)}`.replace(/;? $/, '')).join(', ')
}
