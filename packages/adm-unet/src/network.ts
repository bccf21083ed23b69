import { type Graph, type Tensor, tensor, type Value } from '@cupel/graph'
import { type AdmOptions, type Layer, layoutOf } from './layout.js'

/** What the network knows of time: cosines and sines of the step at `channels` / 2 frequencies from 1 down to 1 / 10000. */
export function timeFeatures(step: number, channels: number): Tensor<'float32'> {
  const half = channels / 2
  const angle = (i: number) => step * Math.exp((-Math.log(10000) * i) / half)
  const features = Array.from({ length: channels }, (_, i) =>
    i < half ? Math.cos(angle(i)) : Math.sin(angle(i - half)),
  )
  return tensor(features, [1, channels])
}

const silu = (x: Value): Value => x.mul(x.sigmoid())

/**
 * The U-Net of guided diffusion: residual blocks that the time scales and shifts, attention at the coarse resolutions.
 *
 * Dhariwal, Nichol, "Diffusion models beat GANs on image synthesis", NeurIPS 2021.
 *
 * @param picture [1, 3, height, width], of any sides: it is continued to multiples of the coarsest pixel by repeating its last row and column
 * @param time {@link timeFeatures}
 * @param state tensors as shapesOf names them
 * @returns [1, 6, height, width]: the noise, and the place of the variance's logarithm between its bounds (-1 to 1)
 */
export function unet(
  g: Graph,
  picture: Value,
  time: Value,
  state: ReadonlyMap<string, Tensor>,
  options: AdmOptions,
): Value {
  const w = g.parameters(state)
  const column = (name: string) => w(name).reshape([-1, 1])
  const conv = (x: Value, name: string, pad: number) => x.conv(w(`${name}.weight`), w(`${name}.bias`), { pad })
  const linear = (x: Value, name: string) => x.linear(w(`${name}.weight`), w(`${name}.bias`))

  /** Mean 0 and variance 1 over each of 32 groups of channels, then a factor and a shift for each channel. [1, c, positions] */
  const normalised = (x: Value, name: string): Value => {
    const [ones, zeros] = [1, 0].map((value) => g.constant(new Array<number>(32).fill(value)))
    const even = x.reshape([1, 32, -1]).op('InstanceNormalization', [ones, zeros], { epsilon: 1e-5 })
    return even
      .reshape(x.sizes())
      .mul(column(`${name}.weight`))
      .add(column(`${name}.bias`))
  }
  const flat = (x: Value): Value => x.reshape([0, 0, -1])
  const normalisedMap = (x: Value, name: string): Value => normalised(flat(x), name).reshape(x.sizes())

  const embedding = silu(linear(silu(linear(time, 'time_embed.0')), 'time_embed.2'))

  const resampled = {
    up: (x: Value) => x.op('Resize', [undefined, [1, 1, 2, 2]], nearest),
    down: (x: Value) => x.averagePool(2),
  }

  const residual = ({ name, from, to, resample }: Extract<Layer, { kind: 'residual' }>, x: Value): Value => {
    const moved = resample ? resampled[resample] : (value: Value) => value
    const inner = conv(moved(silu(normalisedMap(x, `${name}.in_layers.0`))), `${name}.in_layers.2`, 1)
    const timed = linear(embedding, `${name}.emb_layers.1`).reshape([1, 2 * to, 1, 1])
    const scale = timed.slice([1], [0], [to]).add(1)
    const shift = timed.slice([1], [to], [2 * to])
    const outer = silu(normalisedMap(inner, `${name}.out_layers.0`).mul(scale).add(shift))
    const skipped = from === to ? moved(x) : conv(x, `${name}.skip_connection`, 0)
    return skipped.add(conv(outer, `${name}.out_layers.3`, 1))
  }

  /** A 1 x 1 convolution of [1, c, positions]. */
  const pointwise = (x: Value, name: string): Value =>
    w(`${name}.weight`)
      .squeeze([2])
      .matmul(x)
      .add(column(`${name}.bias`))

  /** Every position gathers from all, each head for itself; a head's queries, keys and values lie together. */
  const attention = ({ name, channels }: Extract<Layer, { kind: 'attention' }>, x: Value): Value => {
    const size = options.headChannels
    const split = pointwise(normalised(flat(x), `${name}.norm`), `${name}.qkv`).reshape([channels / size, 3 * size, -1])
    const [query, key, value] = [0, 1, 2].map((i) => split.slice([1], [i * size], [(i + 1) * size]))
    const weights = query!
      .transpose([0, 2, 1])
      .mul(1 / Math.sqrt(size))
      .matmul(key!)
      .softmax()
    const gathered = value!.matmul(weights.transpose([0, 2, 1])).reshape([1, channels, -1])
    return x.add(pointwise(gathered, `${name}.proj_out`).reshape(x.sizes()))
  }

  const through = (x: Value, layers: readonly Layer[]): Value =>
    layers.reduce((h, layer) => {
      if (layer.kind === 'conv') return conv(h, layer.name, 1)
      return layer.kind === 'residual' ? residual(layer, h) : attention(layer, h)
    }, x)

  const { down, middle, up } = layoutOf(options)
  const [height, width] = picture.sides().slice(2) as [number, number]
  const coarsest = 2 ** (options.multipliers.length - 1)
  const missing = (side: number) => (coarsest - (side % coarsest)) % coarsest
  let h = picture.pad([0, 0, missing(height), missing(width)], 'edge')
  const results = down.map((layers) => {
    h = through(h, layers)
    return h
  })
  h = through(h, middle)
  for (const layers of up) h = through(g.concat([h, results.pop()!], 1), layers)
  return conv(silu(normalisedMap(h, 'out.0')), 'out.2', 1).slice([2, 3], [0, 0], [height, width])
}

const nearest = { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' }
