import { graph, type Value } from '@cupel/graph'

/** Where a network's function finds its parameters: by name, saying the shape it needs. */
export type Parameters = (name: string, shape: readonly number[]) => Value

/** The parameters below a name. */
export const below =
  (p: Parameters, ...names: readonly (string | number)[]): Parameters =>
  (name, shape) =>
    p([...names, name].join('.'), shape)

/** Names and shapes of everything that a network asks for, found by building it once for a small image. */
export function shapesOf(network: (image: Value, p: Parameters) => Value): ReadonlyMap<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>()
  const g = graph('shapes')
  network(g.input('image', [1, 3, 8, 8]), (name, shape) => {
    if (shapes.has(name)) return g.value(name)
    shapes.set(name, shape)
    return g.input(name, shape)
  })
  return shapes
}
