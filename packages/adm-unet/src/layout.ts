/** The numbers that make one network of the family. */
export interface AdmOptions {
  /** Channels at full resolution. */
  readonly channels: number
  /** Residual blocks at each resolution on the way down; one more on the way up. */
  readonly blocks: number
  /** Channels at each resolution, in multiples of `channels`; each resolution halves the one before. */
  readonly multipliers: readonly number[]
  /** Factors of downsampling at which positions attend to each other. */
  readonly attention: readonly number[]
  /** Channels of one head of attention. */
  readonly headChannels: number
}

/** The unconditional ImageNet model at 256 x 256: 552,814,086 parameters. */
export const imagenet256: AdmOptions = {
  channels: 256,
  blocks: 2,
  multipliers: [1, 1, 2, 2, 4, 4],
  attention: [8, 16, 32],
  headChannels: 64,
}

/** One layer, with the prefix of its tensors' names. */
export type Layer =
  | { readonly kind: 'conv'; readonly name: string; readonly from: number; readonly to: number }
  | {
      readonly kind: 'residual'
      readonly name: string
      readonly from: number
      readonly to: number
      readonly resample?: 'up' | 'down'
    }
  | { readonly kind: 'attention'; readonly name: string; readonly channels: number }

/** The layers of a network: the results of `down` are handed to `up` in reverse. */
export interface Layout {
  readonly down: readonly (readonly Layer[])[]
  readonly middle: readonly Layer[]
  readonly up: readonly (readonly Layer[])[]
}

/** The layers in the order in which the checkpoint numbers them. */
export function layoutOf({ channels, blocks, multipliers, attention }: AdmOptions): Layout {
  const last = multipliers.length - 1
  const attends = (level: number) => attention.includes(2 ** level)
  const down: Layer[][] = [[{ kind: 'conv', name: 'input_blocks.0.0', from: 3, to: channels }]]
  const widths = [channels]
  let width = channels
  const descend = (...layers: ((name: string) => Layer)[]) => {
    down.push(layers.map((layer, j) => layer(`input_blocks.${down.length}.${j}`)))
    widths.push(width)
  }
  const residual = (from: number, to: number, resample?: 'up' | 'down') => (name: string) =>
    ({ kind: 'residual', name, from, to, ...(resample && { resample }) }) as const
  const attending = (level: number, of: number) =>
    attends(level) ? [(name: string) => ({ kind: 'attention', name, channels: of }) as const] : []

  for (const [level, multiplier] of multipliers.entries()) {
    for (let i = 0; i < blocks; i++) {
      const from = width
      width = multiplier * channels
      descend(residual(from, width), ...attending(level, width))
    }
    if (level < last) descend(residual(width, width, 'down'))
  }

  const middle: Layer[] = [
    residual(width, width)('middle_block.0'),
    { kind: 'attention', name: 'middle_block.1', channels: width },
    residual(width, width)('middle_block.2'),
  ]

  const up: Layer[][] = []
  for (let level = last; level >= 0; level--) {
    for (let i = 0; i <= blocks; i++) {
      const from = width + widths.pop()!
      width = multipliers[level]! * channels
      const enlarge = level > 0 && i === blocks ? [residual(width, width, 'up')] : []
      const layers = [residual(from, width), ...attending(level, width), ...enlarge]
      up.push(layers.map((layer, j) => layer(`output_blocks.${up.length}.${j}`)))
    }
  }
  return { down, middle, up }
}

const affine = (name: string, channels: number): [string, readonly number[]][] => [
  [`${name}.weight`, [channels]],
  [`${name}.bias`, [channels]],
]
const dense = (name: string, to: number, ...rest: number[]): [string, readonly number[]][] => [
  [`${name}.weight`, [to, ...rest]],
  [`${name}.bias`, [to]],
]

function tensorsOf(layer: Layer, embedding: number): [string, readonly number[]][] {
  const { name } = layer
  if (layer.kind === 'conv') return dense(name, layer.to, layer.from, 3, 3)
  if (layer.kind === 'attention') {
    const { channels } = layer
    return [
      ...affine(`${name}.norm`, channels),
      ...dense(`${name}.qkv`, 3 * channels, channels, 1),
      ...dense(`${name}.proj_out`, channels, channels, 1),
    ]
  }
  const { from, to } = layer
  return [
    ...affine(`${name}.in_layers.0`, from),
    ...dense(`${name}.in_layers.2`, to, from, 3, 3),
    ...dense(`${name}.emb_layers.1`, 2 * to, embedding),
    ...affine(`${name}.out_layers.0`, to),
    ...dense(`${name}.out_layers.3`, to, to, 3, 3),
    ...(from === to ? [] : dense(`${name}.skip_connection`, to, from, 1, 1)),
  ]
}

/** Names and shapes of the tensors of a checkpoint. */
export function shapesOf(options: AdmOptions): Record<string, readonly number[]> {
  const { channels } = options
  const { down, middle, up } = layoutOf(options)
  const embedding = 4 * channels
  return Object.fromEntries([
    ...dense('time_embed.0', embedding, channels),
    ...dense('time_embed.2', embedding, embedding),
    ...[...down.flat(), ...middle, ...up.flat()].flatMap((layer) => tensorsOf(layer, embedding)),
    ...affine('out.0', channels),
    ...dense('out.2', 6, channels, 3, 3),
  ])
}
