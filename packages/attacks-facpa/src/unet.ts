import { type Graph, Graph as GraphBuilder, type Model, type Value } from '@cupel/graph'

/** The shapes of the generator's tensors, by name, in the order in which they are stored. */
export function unetShapes(channels: number): Readonly<Record<string, readonly number[]>> {
  const c = channels
  const convolutions: readonly [name: string, inputs: number, outputs: number, kernel: number][] = [
    ['down1.0', 3, c, 3],
    ['down1.1', c, c, 3],
    ['down2.0', c, 2 * c, 3],
    ['down2.1', 2 * c, 2 * c, 3],
    ['middle.0', 2 * c, 4 * c, 3],
    ['middle.1', 4 * c, 4 * c, 3],
    ['up2.0', 6 * c, 2 * c, 3],
    ['up2.1', 2 * c, 2 * c, 3],
    ['up1.0', 3 * c, c, 3],
    ['up1.1', c, c, 3],
    ['out', c, 3, 1],
  ]
  return Object.fromEntries(
    convolutions.flatMap(([name, inputs, outputs, kernel]) => [
      [`${name}.weight`, [outputs, inputs, kernel, kernel]],
      [`${name}.bias`, [outputs]],
    ]),
  )
}

/**
 * The generator: a U-Net of three levels, two convolutions each, halved by averages and doubled by repetition; its
 * output lies in -1..1. The image is extended at its right and lower edge to sides that divide by 4, and the output
 * cut off again.
 *
 * @param image [1, 3, height, width]
 * @param w the tensors by name
 */
function unet(g: Graph, image: Value, w: (name: string) => Value): Value {
  const [, , height, width] = image.sides() as [number, number, number, number]
  const conv = (x: Value, name: string): Value => x.conv(w(`${name}.weight`), w(`${name}.bias`), { pad: 1 }).relu()
  const block = (x: Value, name: string): Value => conv(conv(x, `${name}.0`), `${name}.1`)
  const doubled = (x: Value): Value =>
    g.op('Resize', [x, undefined, g.constant([1, 1, 2, 2])], {
      mode: 'nearest',
      coordinate_transformation_mode: 'asymmetric',
      nearest_mode: 'floor',
    })
  const first = block(image.pad([0, 0, -height & 3, -width & 3], 'edge'), 'down1')
  const second = block(first.averagePool(2), 'down2')
  const middle = block(second.averagePool(2), 'middle')
  const third = block(g.concat([doubled(middle), second], 1), 'up2')
  const last = block(g.concat([doubled(third), first], 1), 'up1')
  return last.conv(w('out.weight'), w('out.bias')).tanh().slice([2, 3], [0, 0], [height, width])
}

/** The generator as a model: inputs `image` and every tensor of {@link unetShapes}, output `u`. */
export function unetModel(channels: number, image: readonly number[]): Model {
  const g = new GraphBuilder('generator')
  const x = g.input('image', image)
  const tensors = new Map(Object.entries(unetShapes(channels)).map(([name, shape]) => [name, g.input(name, shape)]))
  g.output(
    'u',
    unet(g, x, (name) => tensors.get(name)!),
  )
  return g.model()
}
