import type { Model } from '../model.js'

/** The names of all values of a model. */
export const namesOf = ({ initializers, inputs, nodes }: Model): ReadonlySet<string> =>
  new Set([...initializers.keys(), ...inputs.map(({ name }) => name), ...nodes.flatMap(({ outputs }) => outputs)])

/** A name that no value has: this one, or this one with a prime for each time it is there. */
export function free(name: string, taken: ReadonlySet<string>): string {
  return taken.has(name) ? free(`${name}'`, taken) : name
}
