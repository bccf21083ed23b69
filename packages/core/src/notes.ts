import type { Notes } from './interface.js'

/** The notes of several steps as those of one result: all flags, with spaces between them; of other notes of one name, the last. */
export function joinedNotes(...each: readonly (Notes | undefined)[]): Notes {
  const flags = new Set(each.flatMap((notes) => `${notes?.flag ?? ''}`.split(' ').filter(Boolean)))
  return { ...Object.assign({}, ...each), ...(flags.size > 0 && { flag: [...flags].join(' ') }) }
}
