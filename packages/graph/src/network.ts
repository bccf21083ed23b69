import { differentiate } from './differentiate.js'
import { GraphError } from './errors.js'
import { Graph } from './graph.js'
import type { Model } from './model.js'
import { open, type Session } from './session.js'
import { type Specialised, type SpecialisedOptions, specialised } from './specialise.js'
import type { Tensor } from './tensor.js'
import type { Value } from './value.js'

/** An RGB image as planes: 3 * height * width numbers from 0 to 1. */
export interface Picture {
  readonly width: number
  readonly height: number
  readonly data: Float32Array
}

export interface Scored {
  readonly score: number
  /** d score / d image, laid out as the image. */
  readonly gradient: Float32Array
}

/** A network that gives an image a score. */
export interface Network {
  /** The score of an image of any size that the network can take. */
  score(image: Picture): Promise<number>
  /** The score and its exact gradient with respect to every pixel. */
  gradient(image: Picture): Promise<Scored>
  /** Frees the sessions. Using the network again opens new ones. */
  dispose(): Promise<void>
}

/** Builds a network: from the image [1, 3, height, width] to a single number. */
export type Build = (g: Graph, image: Value) => Value

/** The model that `build` describes: input `image` [1, 3, height, width], output `score`, a scalar. */
export function imageModel(
  build: Build,
  size: { width: number | string; height: number | string } = { width: 'width', height: 'height' },
): Model {
  const g = new Graph('network')
  g.output('score', build(g, g.input('image', [1, 3, size.height, size.width])).reshape([]))
  return g.model()
}

/**
 * A network that scores images and gives gradients. Nothing is opened before it is needed. Scores come from one session
 * that takes every size; gradients from one session a size, of which those used last are kept within `cacheBytes`.
 *
 * @param source What builds the network, or a model with an input `image` [1, 3, height, width] and an output `score`.
 * @throws GraphError from the calls, when the image does not fit the network or a gradient rule is missing.
 */
export function network(source: Build | Model, options: SpecialisedOptions = {}): Network {
  let scoring: Promise<Session> | undefined
  let gradients: Specialised | undefined
  const built = () => (typeof source === 'function' ? imageModel(source) : source)
  const gradient = ({ image }: Readonly<Record<string, readonly number[]>>): Model => {
    const [, , height, width] = image!
    const model = typeof source === 'function' ? imageModel(source, { height: height!, width: width! }) : source
    return differentiate(model, { of: 'score', wrt: 'image', shapes: { image: image! } })
  }
  return {
    async score(image) {
      scoring ??= open(built(), options)
      return numberOf((await (await scoring).run({ image: pixels(image) }))['score'])
    },
    async gradient(image) {
      gradients ??= specialised(gradient, options)
      const { score, grad_image } = await gradients.run({ image: pixels(image) })
      return { score: numberOf(score), gradient: grad_image!.data as Float32Array }
    },
    async dispose() {
      await Promise.all([scoring?.then((session) => session.dispose()), gradients?.dispose()])
      scoring = undefined
      gradients = undefined
    },
  }
}

const numberOf = (score: Tensor | undefined): number => Number(score!.data[0])

/** The image as the tensor [1, 3, height, width], sharing its memory. */
export function pixels({ width, height, data }: Picture): Tensor<'float32'> {
  if (data.length !== 3 * width * height) {
    throw new GraphError(
      'shape',
      `an RGB image of ${width}x${height} has ${3 * width * height} numbers, got ${data.length}`,
    )
  }
  return { dtype: 'float32', shape: [1, 3, height, width], data }
}
