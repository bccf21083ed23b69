import { type Model, type Node, readsOf } from '../model.js'

/** A model without the nodes and initializers that its outputs do not need. */
export function prune(model: Model): Model {
  const needed = new Set(model.outputs.map(({ name }) => name))
  const nodes: Node[] = []
  for (const node of model.nodes.toReversed()) {
    if (!node.outputs.some((name) => needed.has(name))) continue
    nodes.push(node)
    for (const name of readsOf(node)) needed.add(name)
  }
  const initializers = new Map([...model.initializers].filter(([name]) => needed.has(name)))
  return { ...model, nodes: nodes.reverse(), initializers }
}
