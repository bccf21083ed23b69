import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { classifier, standardised } from '@cupel/backbones'
import { resize } from '@cupel/core'
import { graph, open, pixels, tensor } from '@cupel/graph'
import { readCheckpoint } from '@cupel/graph/checkpoint'
import { readImage } from '@cupel/image'
import { expect, test } from 'vitest'

const data = process.env['CUPEL_DATA'] ?? fileURLToPath(new URL('../../../../shared/data', import.meta.url))
const weights = join(data, 'weights', 'squeezenet', 'squeezenet_v1.0.safetensors')
const nips = join(data, 'nips2017')
const absent = [weights, nips].find((path) => !existsSync(path))

/** Caffe's names of the layers of SqueezeNet v1.0 by torchvision's. */
const fires = [3, 4, 5, 7, 8, 9, 10, 12]
const caffe = (name: string): string =>
  name
    .replace('features.0.', 'conv1.')
    .replace('classifier.1.', 'conv_final.')
    .replace(/features\.(\d+)\./, (_, index) => `fire${fires.indexOf(Number(index)) + 2}/`)
    .replace('squeeze', 'conv1x1_1')
    .replace('expand1x1', 'conv1x1_2')
    .replace('expand3x3', 'conv3x3_2')

const side = { width: 227, height: 227 }

test.skipIf(absent !== undefined)(
  `SqueezeNet v1.0 names what is on the NIPS 2017 images${absent ? ` (skipped: ${absent} is not there)` : ''}`,
  async () => {
    const checkpoint = await readCheckpoint(weights)
    const layers = classifier('squeezenet1_0')
    const state = new Map(
      await Promise.all(
        Object.entries(layers.shapes).map(async ([name, shape]) => {
          const stored = checkpoint.tensors.get(caffe(name))!
          expect(stored.shape).toEqual(shape)
          return [name, { dtype: 'float32', shape, data: (await stored.read()).data } as never] as const
        }),
      ),
    )
    const g = graph()
    const image = g.input('image', [1, 3, 227, 227])
    const bgr = image.mul(255).gather(1, g.constant(tensor([2, 1, 0], [3], 'int64')))
    g.output('logits', layers(standardised(bgr, [104, 117, 123], [1, 1, 1]), g.parameters(state)))
    const session = await open(g.model())

    const [header = '', ...rows] = readFileSync(join(nips, 'images.csv'), 'utf8').trim().split('\n')
    const column = header.trim().split(',').indexOf('TrueLabel')
    const labels = new Map(rows.map((row) => [row.split(',')[0], Number(row.split(',')[column]) - 1]))
    const names = readFileSync(join(nips, 'test.txt'), 'utf8').trim().split('\n')
    let right = 0
    for (const name of names) {
      const { logits } = await session.run({ image: pixels(resize(await readImage(join(nips, name)), side)) })
      const values = logits!.data as Float32Array
      if (values.indexOf(Math.max(...values)) === labels.get(name.replace(/^.*\/|\.png$/g, ''))) right++
    }
    await session.dispose()
    // 46 of the 80, as with torchvision; 58 % of the whole data set.
    expect(Math.abs(right / names.length - 0.58)).toBeLessThanOrEqual(0.02)
  },
)
