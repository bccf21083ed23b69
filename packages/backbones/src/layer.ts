import type { Value } from '@cupel/graph'

/** The tensors that a part of a network needs: name, as in PyTorch's `state_dict()`, to shape. */
export type Shapes = Readonly<Record<string, readonly number[]>>

/** Finds a weight in a graph by its name: what `g.parameters(state)` of @cupel/graph returns. */
export type Weights = (name: string) => Value

/** A part of a network: what it computes from a value, and the tensors it needs for that. */
export interface Layer<Out = Value> {
  (x: Value, weights: Weights): Out
  /** Exactly the tensors that it reads, for strict loading. */
  readonly shapes: Shapes
}

/** A layer from its function and the tensors that it needs. */
export const layer = <Out>(compute: (x: Value, weights: Weights) => Out, shapes: Shapes = {}): Layer<Out> =>
  Object.assign((x: Value, weights: Weights) => compute(x, weights), { shapes })

type Layers = Readonly<Record<string, Layer<unknown>>>
type Bound<L extends Layers> = { readonly [K in keyof L]: (x: Value) => ReturnType<L[K]> }

const within = (prefix: string, name: string): string => (prefix === '' ? name : `${prefix}.${name}`)

/**
 * A layer made of named ones, whose tensors are called `<name>.<tensor>`; those of a layer with the empty name keep theirs.
 *
 * @param forward What is computed from the layers, each a function by now, and the input.
 */
export function parts<L extends Layers, Out>(layers: L, forward: (layers: Bound<L>, x: Value) => Out): Layer<Out> {
  const entries = Object.entries(layers)
  const shapes = entries.flatMap(([prefix, part]) =>
    Object.entries(part.shapes).map(([name, shape]) => [within(prefix, name), shape] as const),
  )
  return layer((x, weights) => {
    const bound = entries.map(([prefix, part]) => [
      prefix,
      (input: Value) => part(input, (name) => weights(within(prefix, name))),
    ])
    return forward(Object.fromEntries(bound) as Bound<L>, x)
  }, Object.fromEntries(shapes))
}

/** The outputs of layers that follow one another, named `0`, `1`, ... */
export const unrolled = (layers: readonly Layer[]): Layer<readonly Value[]> =>
  parts(Object.fromEntries(layers.entries()) as Record<string, Layer>, (named, x) => {
    let last = x
    return layers.map((_, index) => {
      last = named[index]!(last)
      return last
    })
  })

/** Layers that follow one another, named `0`, `1`, ... */
export function sequential(layers: readonly Layer[]): Layer {
  const all = unrolled(layers)
  return layer((x, weights) => all(x, weights).at(-1) ?? x, all.shapes)
}

/**
 * A layer whose parts are called otherwise: `names` has the new name for each first part of a tensor's name that changes; an empty
 * one takes it off.
 */
export function renamed<Out>(inner: Layer<Out>, names: Readonly<Record<string, string>>): Layer<Out> {
  const rename = (name: string) => {
    const [first = '', ...rest] = name.split('.')
    return [names[first] ?? first, ...rest].filter(Boolean).join('.')
  }
  const shapes = Object.entries(inner.shapes).map(([name, shape]) => [rename(name), shape] as const)
  return layer((x, weights) => inner(x, (name) => weights(rename(name))), Object.fromEntries(shapes))
}

interface ConvOptions {
  readonly stride?: number
  /** On all four sides, or above and below, left and right. */
  readonly pad?: number | readonly [number, number]
  readonly group?: number
  readonly bias?: boolean
}

/** Conv2d on [batch, in, H, W]; `kernel` is the side of a square one, or its rows and columns. */
export const conv = (
  inputs: number,
  outputs: number,
  kernel: number | readonly [number, number],
  { stride = 1, pad = 0, group = 1, bias = true }: ConvOptions = {},
): Layer => {
  const [rows, columns] = typeof kernel === 'number' ? [kernel, kernel] : kernel
  const [vertical, horizontal] = typeof pad === 'number' ? [pad, pad] : pad
  const pads = [vertical, horizontal, vertical, horizontal] as const
  return layer((x, w) => x.conv(w('weight'), bias ? w('bias') : undefined, { stride, pad: pads, group }), {
    weight: [outputs, inputs / group, rows, columns],
    ...(bias && { bias: [outputs] }),
  })
}

/** A fully connected layer on [batch, in]. */
export const linear = (inputs: number, outputs: number): Layer =>
  layer((x, w) => x.linear(w('weight'), w('bias')), { weight: [outputs, inputs], bias: [outputs] })

/** Batch normalisation with stored statistics, of maps [batch, channels, H, W] or vectors [batch, channels]. */
export const batchNorm = (channels: number, epsilon = 1e-5): Layer =>
  layer((x, w) => x.batchNorm(w('weight'), w('bias'), w('running_mean'), w('running_var'), epsilon), {
    weight: [channels],
    bias: [channels],
    running_mean: [channels],
    running_var: [channels],
  })

/** max(x, 0) + weight * min(x, 0), with one weight for all channels. */
export const prelu = (): Layer => layer((x, w) => x.op('PRelu', [w('weight')]), { weight: [1] })

export const relu = (): Layer => layer((x) => x.relu())
/** ReLU cut off at 6. */
export const relu6 = (): Layer => layer((x) => x.clip(0, 6))
/** Dropout at inference: nothing. It keeps its place in a sequence, by which the layers after it are named. */
export const dropout = (): Layer => layer((x) => x)
export const maxPool = (size: number, options: { stride?: number; pad?: number; ceil?: boolean } = {}): Layer =>
  layer((x) => x.maxPool(size, options))

/** The mean over the map of each channel: [batch, channels]. */
export const pooled = (x: Value): Value => x.globalAveragePool().flatten()
