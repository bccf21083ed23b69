import { batchNorm, conv, type Layer, layer, maxPool, parts, sequential } from '@cupel/backbones'
import type { Value } from '@cupel/graph'

type Kernel = number | readonly [number, number]

/** Convolution, normalisation and ReLU. Without `valid` the map keeps its sides (at stride 1). */
function basic(inputs: number, outputs: number, kernel: Kernel, { stride = 1, valid = false } = {}): Layer {
  const [rows, columns] = typeof kernel === 'number' ? [kernel, kernel] : kernel
  const pad = valid ? 0 : ([(rows - 1) / 2, (columns - 1) / 2] as const)
  return parts(
    { conv: conv(inputs, outputs, kernel, { stride, pad, bias: false }), bn: batchNorm(outputs, 1e-3) },
    (l, x) => l.bn(l.conv(x)).relu(),
  )
}

/** Convolutions one after another from `inputs` channels, each [outputs, kernel]; the last one may be strided and unpadded. */
function tower(inputs: number, steps: readonly (readonly [number, Kernel])[], reduces = false): readonly Layer[] {
  return steps.map(([outputs, kernel], index) =>
    basic(
      steps[index - 1]?.[0] ?? inputs,
      outputs,
      kernel,
      reduces && index === steps.length - 1 ? { stride: 2, valid: true } : {},
    ),
  )
}

/** A branch is named as a sequence, one of a single convolution as that. */
const branch = (layers: readonly Layer[]): Layer => (layers.length === 1 ? layers[0]! : sequential(layers))

/** Branches `branch0`, `branch1`, ... of the same input, their outputs one after another. */
function branches(layers: readonly (readonly Layer[])[]): Layer<Value> {
  const named = Object.fromEntries(layers.map((each, index) => [`branch${index}`, branch(each)]))
  return parts(named, (l, x) =>
    x.graph.concat(
      Object.values(l).map((apply) => apply(x)),
      1,
    ),
  )
}

/** x + scale * a 1x1 convolution of the branches; a ReLU at the end unless it is the last block. */
function residual(channels: number, scale: number, towers: readonly (readonly Layer[])[], mixed: number, last = false) {
  return parts({ '': branches(towers), conv2d: conv(mixed, channels, 1) }, (l, x) => {
    const sum = l.conv2d(l['']!(x)).mul(scale).add(x)
    return last ? sum : sum.relu()
  })
}

const block35 = () =>
  residual(
    320,
    0.17,
    [
      tower(320, [[32, 1]]),
      tower(320, [
        [32, 1],
        [32, 3],
      ]),
      tower(320, [
        [32, 1],
        [48, 3],
        [64, 3],
      ]),
    ],
    128,
  )
const block17 = () =>
  residual(
    1088,
    0.1,
    [
      tower(1088, [[192, 1]]),
      tower(1088, [
        [128, 1],
        [160, [1, 7]],
        [192, [7, 1]],
      ]),
    ],
    384,
  )
const block8 = (scale: number, last = false) =>
  residual(
    2080,
    scale,
    [
      tower(2080, [[192, 1]]),
      tower(2080, [
        [192, 1],
        [224, [1, 3]],
        [256, [3, 1]],
      ]),
    ],
    448,
    last,
  )

const times = (count: number, make: () => Layer): Layer => sequential(Array.from({ length: count }, make))

const pool = (): Layer => maxPool(3, { stride: 2 })
const averaged = (): Layer => layer((x) => x.averagePool(3, { stride: 1, pad: 1, countPad: false }))

/**
 * Szegedy, Ioffe, Vanhoucke, Alemi, "Inception-v4, Inception-ResNet and the impact of residual connections on learning", AAAI 2017, up to
 * its last convolution, as a sequence of the children that the PyTorch port of Cadene has: tensors are named by their places.
 */
export const inceptionResnetV2: Layer = sequential([
  basic(3, 32, 3, { stride: 2, valid: true }),
  basic(32, 32, 3, { valid: true }),
  basic(32, 64, 3),
  pool(),
  basic(64, 80, 1),
  basic(80, 192, 3, { valid: true }),
  pool(),
  branches([
    tower(192, [[96, 1]]),
    tower(192, [
      [48, 1],
      [64, 5],
    ]),
    tower(192, [
      [64, 1],
      [96, 3],
      [96, 3],
    ]),
    [averaged(), basic(192, 64, 1)],
  ]),
  times(10, block35),
  branches([
    tower(320, [[384, 3]], true),
    tower(
      320,
      [
        [256, 1],
        [256, 3],
        [384, 3],
      ],
      true,
    ),
    [pool()],
  ]),
  times(20, block17),
  branches([
    tower(
      1088,
      [
        [256, 1],
        [384, 3],
      ],
      true,
    ),
    tower(
      1088,
      [
        [256, 1],
        [288, 3],
      ],
      true,
    ),
    tower(
      1088,
      [
        [256, 1],
        [288, 3],
        [320, 3],
      ],
      true,
    ),
    [pool()],
  ]),
  times(9, () => block8(0.2)),
  block8(1, true),
  basic(2080, 1536, 1),
])
