import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import {
  addKept,
  CupelError,
  checkOutput,
  cropped,
  type Device,
  type Image,
  mirroredTo,
  tiles as tilesOf,
  turn,
} from '@cupel/core'
import type { GraphModel, io, LayersModel, Tensor, Tensor3D, Tensor4D } from '@tensorflow/tfjs'
import { loaded, requireDevice, type TensorFlow } from './runtime.js'

export interface ModelOptions {
  /** What messages call it; its path unless told. */
  readonly name?: string
  /** `layers` for a Keras model, `graph` for a converted TensorFlow one. */
  readonly format: 'layers' | 'graph'
  /** What white is to the model, going in and coming out: 1 or 255. */
  readonly white: number
  /** Sides of the result over those of the image; 1 unless told. */
  readonly scale?: number
  /** Sides that it takes are multiples of this; images are mirrored over their edges up to it. 1 unless told. */
  readonly multiple?: number
  /** Which of several outputs is the result; the first unless told. */
  readonly output?: number
  /**
   * Images with a longer side are run in tiles of this side, whose results within `reach` pixels of an inner edge are not used: if no
   * value depends on pixels further away, tiles change nothing. Without it images are run whole.
   */
  readonly tiles?: { readonly side: number; readonly reach: number }
  readonly device?: Device
}

/** A model from images to images. */
export interface ImageModel {
  /**
   * @returns values within 0..1
   * @throws what `signal` was aborted with, between two tiles; Unavailable for a result of more pixels than an array can hold
   */
  run(image: Image, signal?: AbortSignal): Promise<Image>
  /** Frees the weights; again it does nothing. The model cannot be used afterwards. */
  dispose(): Promise<void>
}

/** Reads model.json and the shards beside it, whatever the runtime. */
const files = (path: string): io.IOHandler => ({
  async load() {
    const { modelTopology, weightsManifest, format, generatedBy, convertedBy, signature, userDefinedMetadata } =
      JSON.parse(await readFile(path, 'utf8')) as io.ModelJSON
    const names = weightsManifest.flatMap(({ paths }) => paths)
    const shards = await Promise.all(names.map((name) => readFile(join(dirname(path), name))))
    const weightData = Uint8Array.from(Buffer.concat(shards)).buffer
    const weightSpecs = weightsManifest.flatMap(({ weights }) => weights)
    const rest = { format, generatedBy, convertedBy, signature, userDefinedMetadata }
    return { modelTopology, weightSpecs, weightData, ...rest } as io.ModelArtifacts
  },
})

async function opened(tf: TensorFlow, path: string, format: 'layers' | 'graph'): Promise<LayersModel | GraphModel> {
  try {
    return await (format === 'layers' ? tf.loadLayersModel(files(path)) : tf.loadGraphModel(files(path)))
  } catch (cause) {
    throw new CupelError(`TensorFlow.js cannot open ${path} as a ${format} model: ${(cause as Error).message}`, {
      cause,
    })
  }
}

/** Mirrors an image over its right and lower edge, as often as it takes. [height, width, 3] */
function continued(tf: TensorFlow, image: Tensor3D, multiple: number): Tensor3D {
  const [height, width] = image.shape
  return tf.gather(tf.gather(image, mirroredTo(multiple, height), 0), mirroredTo(multiple, width), 1)
}

/**
 * Opens a model of TensorFlow.js. Images go in, images come out; no tensor of it outlives a call.
 *
 * @param path its model.json; the weights lie beside it
 * @throws CupelError for a file that is no such model, Unavailable for a device that is not there
 */
export async function openModel(path: string, options: ModelOptions): Promise<ImageModel> {
  const { name = path, format, white, scale = 1, multiple = 1, output = 0, tiles, device = 'cpu' } = options
  await requireDevice(device)
  const { tf } = await loaded()
  const model = await opened(tf, path, format)

  let disposed = false
  const run = async ({ width, height, data }: Image): Promise<Image> => {
    const result = tf.tidy(() => {
      const picture = tf.tensor3d(data, [3, height, width]).transpose([1, 2, 0]).mul(white) as Tensor3D
      const outputs = model.predict(continued(tf, picture, multiple).expandDims(0)) as Tensor | Tensor[]
      const chosen = (Array.isArray(outputs) ? outputs[output]! : outputs) as Tensor4D
      const whole = chosen.slice([0, 0, 0, 0], [1, scale * height, scale * width, 3]).squeeze([0])
      return whole.div(white).clipByValue(0, 1).transpose([2, 0, 1])
    })
    try {
      return { width: scale * width, height: scale * height, data: new Float32Array(await result.data()) }
    } finally {
      result.dispose()
    }
  }

  return {
    async run(image, signal) {
      const cut = tiles ? { window: tiles.side, reach: tiles.reach } : { window: Math.max(image.width, image.height) }
      const [width, height] = [scale * image.width, scale * image.height]
      checkOutput(width, height, name)
      const whole = { width, height, data: new Float32Array(3 * width * height) }
      for (const tile of tilesOf(image, cut)) {
        await turn(signal)
        addKept(whole, await run(cropped(image, tile)), tile, scale)
      }
      return whole
    },
    async dispose() {
      if (!disposed) model.dispose()
      disposed = true
    },
  }
}
