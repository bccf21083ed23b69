import { type Context, fromBytes, type Image, toBytes, turn, Unavailable } from '@cupel/core'

/**
 * The training images, one by one: every epoch all of them, in an order drawn from the seed. They are read once and
 * kept with 8 bits a value, as they were loaded.
 *
 * @throws what `context.signal` was aborted with, between two images
 */
export async function* epochs(
  images: AsyncIterable<Image>,
  count: number,
  { random, signal }: Context,
): AsyncGenerator<Image> {
  const kept: { width: number; height: number; bytes: Uint8ClampedArray }[] = []
  for await (const image of images) kept.push({ width: image.width, height: image.height, bytes: toBytes(image) })
  for (let epoch = 0; epoch < count; epoch++) {
    for (const k of random.fork('epoch', epoch).permutation(kept.length)) {
      await turn(signal)
      const { width, height, bytes } = kept[k]!
      yield fromBytes(width, height, bytes)
    }
  }
}

/** What training found, as the bytes that are stored; zeros when the metric gave no gradient all along, see {@link untrained}. */
export const stored = (values: Float32Array): Uint8Array => new Uint8Array(values.slice().buffer)

/**
 * What training found, from the bytes that were stored.
 *
 * @param attack the attack's name, for the errors
 * @param count how many values its options ask for
 * @throws {Unavailable} when there are none, or as many as other options ask for
 */
export function trained(attack: string, prepared: Uint8Array | undefined, count: number): Float32Array {
  if (!prepared)
    throw new Unavailable(`${attack} has not been trained for this metric: give a run training images with --train`)
  if (prepared.length !== 4 * count) {
    throw new Unavailable(
      `${attack} was trained with ${prepared.length / 4} values, and its options ask for ${count}: train it again`,
    )
  }
  return new Float32Array(prepared.slice().buffer)
}

/** Whether training met no gradient at all, so that an attack has nothing to go by: its images stay as they are. */
export const untrained = (values: Float32Array): boolean => values.every((value) => value === 0)
