import {
  addCropped,
  addKept,
  type Cut,
  checkOutput,
  checkWhole,
  cropped,
  type Device,
  type GradientKind,
  type Image,
  kept,
  type Purifier,
  tiledAbove,
  tiledNotes,
  tiles,
  turn,
  Unavailable,
  wholeUpTo,
} from '@cupel/core'
import { differentiate, type Graph, GraphError, graph, type Model, pixels, specialised, type Value } from '@cupel/graph'

/** Builds a network: from the image [1, 3, height, width] of known sides to the result [1, 3, scale * height, scale * width]. */
export type Build = (g: Graph, image: Value) => Value

/** How far a network looks, which says how a large image is run. */
export type Extent =
  | {
      /** No value of the result depends on pixels further away than this, along either axis: tiles give what the whole gives. */
      readonly reach: number
      /** Tiles start at multiples of it (the side of blocks that the network works on); 1 unless told. */
      readonly grid?: number
      /** About the longest side that is run at once; 384 unless told. */
      readonly window?: number
    }
  | {
      /** It looks at the whole image: the most pixels that are run at once. */
      readonly whole: number
      /** Larger images: refused, or cut into tiles that know nothing of one another. */
      readonly large: Large
    }

/** What of an extent decides which images are cut. */
export type Sizing = Omit<Extract<Extent, { reach: number }>, 'reach'> | Extract<Extent, { whole: number }>

/** What a network that looks at the whole image does with larger ones than it can run at once. */
export type Large = 'refuse' | 'tile'

export interface NetworkDefenceOptions {
  /** The plugin's name, for messages. */
  readonly name: string
  readonly device: Device
  readonly extent: Extent
  /** Sides of the result over those of the image; 1 unless told. */
  readonly scale?: number
  /** The most pixels that a result may have; as many as an array can hold unless told. */
  readonly most?: number
  /** What its gradient is, by the way it is built; `exact` unless told. */
  readonly kind?: GradientKind
}

/** Pixels by which tiles overlap on each side where a network has no finite reach. */
const overlap = 32

/**
 * A defence that runs an image through a network and clamps the result to 0..1; its pullback is the derivative of that, from the
 * differentiated graph. One session is kept for each size (an LRU). Between tiles the signal is checked. What of a network that looks at
 * the whole image was cut into tiles carries the flag `tiled`.
 *
 * @throws Unavailable from `purify`, for images of more pixels than `whole` and results of more than `most`, and when the device is not there
 */
export function networkDefence(build: Build, options: NetworkDefenceOptions): Purifier {
  const { name, device, scale = 1, kind = 'exact' } = options
  const model = ({ image: shape }: Readonly<Record<string, readonly number[]>>): Model => {
    const g = graph(name)
    g.output('purified', build(g, g.input('image', shape!)).clip(0, 1))
    return g.model()
  }
  const forward = specialised(model, { device })
  const backward = specialised((shapes) => differentiate(model(shapes), { of: 'purified', wrt: 'image', seed: true }), {
    device,
  })
  const run = (session: typeof forward, feeds: Parameters<typeof forward.run>[0]) =>
    session.run(feeds).catch((error: unknown) => {
      throw error instanceof GraphError && error.kind === 'missing' ? new Unavailable(error.message) : error
    })

  const larger = ({ width, height }: Image) => ({ width: scale * width, height: scale * height })

  return {
    async purify(image, { signal }) {
      const all = tiles(image, cutOf(image, options))
      const purified = zeros(larger(image))
      for (const tile of all) {
        await turn(signal)
        const part = cropped(image, tile)
        const result = await run(forward, { image: pixels(part) })
        addKept(purified, { ...larger(part), data: result['purified']!.data as Float32Array }, tile, scale)
      }
      const pullback = async (gradient: Float32Array) => {
        const sum = zeros({ width: image.width, height: image.height })
        for (const tile of all) {
          await turn(signal)
          const part = cropped(image, tile)
          const seed = kept({ ...purified, data: gradient }, tile, scale)
          const { grad_image } = await run(backward, { image: pixels(part), seed_purified: pixels(seed) })
          addCropped(sum, { ...part, data: grad_image!.data as Float32Array }, tile)
        }
        return { gradient: sum.data, kind }
      }
      return { ...purified, ...('whole' in options.extent && tiledNotes(all.length)), pullback }
    },
    async dispose() {
      await Promise.all([forward.dispose(), backward.dispose()])
    },
  }
}

const zeros = (sides: Pick<Image, 'width' | 'height'>): Image => ({
  ...sides,
  data: new Float32Array(3 * sides.width * sides.height),
})

/** Side of the largest tile unless an extent tells another. */
const WINDOW = 384

/** The fact `sizes` of a defence that runs a network of this extent, whose results have at most `most` pixels. */
export function sizesOf(extent: Sizing, most?: number): string {
  const limit = most === undefined ? '' : `; results of up to ${most.toLocaleString('en-GB')} pixels`
  if (!('whole' in extent)) return tiledAbove(extent.window ?? WINDOW) + limit
  const larger = extent.large === 'tile' ? 'in tiles that know nothing of one another (flag `tiled`)' : REFUSED
  return wholeUpTo(extent.whole, larger) + limit
}

const REFUSED = 'refused unless `large: tile`'

/** How an image is cut into tiles, if at all. */
function cutOf(image: Image, { name, extent, scale = 1, most }: NetworkDefenceOptions): Cut {
  const { width, height } = image
  checkOutput(scale * width, scale * height, name, most)
  if ('reach' in extent) return { window: WINDOW, ...extent, even: true }
  if (width * height <= extent.whole) return { window: Math.max(width, height) }
  if (extent.large === 'refuse') {
    checkWhole(image, name, extent.whole, "or set large: 'tile' for tiles that know nothing of one another")
  }
  return { window: Math.floor(Math.sqrt(extent.whole)), reach: overlap, even: true }
}
