/**
 * Any ONNX model that scores an image, as a metric: which file, how an image is fed to it, and what its scores mean are options.
 *
 * Open Neural Network Exchange, https://onnx.ai.
 * Differs from running the model in an image's resize being antialiased bilinear, without rounding to 8 bits.
 */
import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { resized, shorterSide, standardised } from '@cupel/backbones'
import { CupelError, defineMetric, type Weights, weightsPath, z } from '@cupel/core'
import { network, type Port, readModel, tensor, type Value } from '@cupel/graph'

const triple = z.tuple([z.number(), z.number(), z.number()])

const options = z.object({
  file: z.string().min(1).default('model.onnx').describe('the model: a path, or a bare name in the weights folder'),
  sha256: z
    .union([z.literal(''), z.string().regex(/^[0-9a-f]{64}$/)])
    .default('')
    .describe('SHA-256 that the file must have (64 hex digits); empty for whatever it has'),
  output: z.string().default('').describe('name of the output that holds the score; empty for the first'),
  index: z
    .int()
    .min(0)
    .default(0)
    .describe('which number of the output is the score, counted through the whole output'),
  size: z
    .union([z.literal('native'), z.int().min(1), z.tuple([z.int().min(1), z.int().min(1)])])
    .default('native')
    .describe('feed the image at its own size, with this shorter side, or with these sides [height, width]'),
  channels: z.enum(['rgb', 'bgr']).default('rgb').describe('the order of the channels'),
  scale: z.number().positive().default(1).describe('value of white: 1, or 255 for networks that were trained on bytes'),
  mean: triple
    .default([0.485, 0.456, 0.406])
    .describe('taken off each channel after scaling, in the order of the channels'),
  deviation: triple.default([0.229, 0.224, 0.225]).describe('what each channel is divided by then'),
  better: z.enum(['higher', 'lower']).default('higher').describe('which scores mean better quality'),
  range: z
    .tuple([z.number(), z.number()])
    .refine(([low, high]) => low < high, 'expected [low, high] with low < high')
    .default([0, 1])
    .describe('scores from poor to good; what differences are divided by'),
  minimumSize: z.int().min(1).default(1).describe('the least side in pixels of an image that the model takes'),
})

type Options = z.output<typeof options>

const hashes = new Map<string, string>()

/** SHA-256 of a file that is there, so that a run's steps are those of its content; a file counts as unchanged while its time and size stand. */
function contentOf(path: string): string | undefined {
  const facts = statSync(path, { throwIfNoEntry: false })
  if (!facts?.isFile()) return undefined
  const key = `${path} ${facts.size} ${facts.mtimeMs}`
  const known = hashes.get(key) ?? createHash('sha256').update(readFileSync(path)).digest('hex')
  hashes.set(key, known)
  return known
}

function weightsOf({ file, sha256 }: Options): Weights {
  // A path is what has a separator; anything else is a name in the weights folder.
  const weights: Weights = {
    file: /[/\\]/.test(file) ? resolve(file) : file,
    instructions: 'export your network (torch.onnx.export) and give its path as the option "file"',
    licence: 'yours',
  }
  const hash = sha256 || contentOf(weightsPath(weights))
  return hash ? { ...weights, sha256: hash } : weights
}

/** The image as the model wants it. */
function fed(image: Value, { size, channels, scale, mean, deviation }: Options): Value {
  const g = image.graph
  const sized = size === 'native' ? image : resized(image, typeof size === 'number' ? shorterSide(image, size) : size)
  const ordered = channels === 'rgb' ? sized : sized.gather(1, g.constant(tensor([2, 1, 0], [3], 'int64')))
  return standardised(ordered.mul(scale), mean, deviation)
}

/** The place of the output that is asked for. */
function outputOf(ports: readonly Port[], name: string, path: string): number {
  const place = name === '' ? 0 : ports.findIndex((port) => port.name === name)
  if (ports[place]) return place
  throw new CupelError(
    `${path} has no output "${name}", it has ${ports.map((port) => port.name).join(', ')}: set the option "output"`,
  )
}

/** Says what to set where a model takes images of one size and would be fed another. */
function checkSize({ shape }: Port, { size }: Options, path: string): void {
  const sides = shape?.slice(2)
  const fixed = sides?.length === 2 && sides.every((side) => typeof side === 'number')
  if (!fixed || `${size}` === `${sides}`) return
  throw new CupelError(
    `${path} takes images of ${sides[0]} rows of ${sides[1]} only, and the option "size" is ${JSON.stringify(size)}: set it to [${sides}], or export the model with dynamic axes`,
  )
}

/** What a model says of an image; its direction and range are what the options say. */
export const onnx = defineMetric({
  name: 'onnx',
  summary: 'any ONNX model that scores an image, as its options say',
  options,
  better: ({ better }) => better,
  range: ({ range }) => range,
  gradient: 'exact',
  minimumSize: ({ minimumSize }) => minimumSize,
  weights: (given) => ({ model: weightsOf(given) }),
  async create(given, { device, weights }) {
    const path = await weights('model')
    const found = contentOf(path)
    if (given.sha256 && found !== given.sha256) {
      throw new CupelError(`${path} has the SHA-256 ${found}, expected ${given.sha256}: it is another model`)
    }
    const model = readModel(path)
    const [input, ...others] = model.inputs
    if (!input || others.length > 0) {
      throw new CupelError(`${path} has ${model.inputs.length} inputs, expected one, the image`)
    }
    checkSize(input, given, path)
    const output = outputOf(model.outputs, given.output, path)
    const build = (g: Value['graph'], image: Value): Value => {
      const scores = g.apply(model, [fed(image, given)], 'model/')[output]!
      return scores.reshape([-1]).slice([0], [given.index], [given.index + 1])
    }
    const net = network(build, { device })
    return { ...net, gradient: async (image) => ({ ...(await net.gradient(image)), kind: 'exact' }) }
  },
})

export default onnx
