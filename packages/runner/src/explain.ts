import type { z } from '@cupel/core'
import { suggestion } from './plugins/names.js'

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
 * What is wrong, in a person's words: what was found and what was expected.
 *
 * @param found the value, as it was written
 * @param known names that would have been understood in place of one that is not
 */
export function wrong(issue: z.core.$ZodIssue, found: unknown, known: readonly string[]): string {
  if (issue.code !== 'unrecognized_keys')
    return `found ${JSON.stringify(found) ?? 'nothing'}, expected ${expected(issue)}`
  return issue.keys.map((key) => `"${key}" is no option; ${suggestion(key, known)}`.replace(/;? $/, '')).join(', ')
}
