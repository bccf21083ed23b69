import type { Picture, SpecialisedOptions } from '@cupel/graph'
import { differentiate, Graph, type Model, pixels, specialised, type Value } from '@cupel/graph'

/** A distance between two images of the same sides; 0 when they are equal. */
export interface Distance {
  value(image: Picture, reference: Picture): Promise<number>
  /** The distance and its exact derivative with respect to `image`, laid out as the image's data. */
  gradient(image: Picture, reference: Picture): Promise<{ readonly value: number; readonly gradient: Float32Array }>
  /** Frees the sessions. Using the distance again opens new ones. */
  dispose(): Promise<void>
}

/** What `build` computes from two values [1, 3, height, width], as a distance. */
export function distance(
  build: (g: Graph, image: Value, reference: Value) => Value,
  options: SpecialisedOptions = {},
): Distance {
  const modelFor = (shapes: Readonly<Record<string, readonly number[]>>): Model => {
    const g = new Graph('distance')
    const [image, reference] = ['image', 'reference'].map((name) => g.input(name, shapes[name]!)) as [Value, Value]
    g.output('distance', build(g, image, reference).reshape([]))
    return g.model()
  }
  const values = specialised(modelFor, options)
  const gradients = specialised(
    (shapes) => differentiate(modelFor(shapes), { of: 'distance', wrt: 'image', shapes }),
    options,
  )
  const feeds = (image: Picture, reference: Picture) => ({ image: pixels(image), reference: pixels(reference) })
  return {
    async value(image, reference) {
      const found = await values.run(feeds(image, reference))
      return Number(found['distance']!.data[0])
    },
    async gradient(image, reference) {
      const found = await gradients.run(feeds(image, reference))
      return { value: Number(found['distance']!.data[0]), gradient: found['grad_image']!.data as Float32Array }
    },
    async dispose() {
      await Promise.all([values.dispose(), gradients.dispose()])
    },
  }
}
