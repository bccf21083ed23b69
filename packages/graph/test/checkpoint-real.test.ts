import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { loadStrict, readCheckpoint } from '@cupel/graph/checkpoint'
import { describe, expect, test } from 'vitest'
import { numbers } from '../src/tensor.js'

const data = process.env['CUPEL_DATA'] ?? fileURLToPath(new URL('../../../../shared/data', import.meta.url))

/** Where Debian's opencv-data keeps the official BRISQUE model. */
const opencv = '/usr/share/opencv4/quality'

/** A file with its number of tensors and the sum of their magnitudes, as the library that wrote it reads them. */
const files: [path: string, format: string, tensors: number, magnitude: number][] = [
  [`${data}/weights/cnniqa/CNNIQA-LIVE`, 'torch-legacy', 8, 91763.35380081306],
  [`${data}/weights/bf-cnn/BF_CNN_BSD300_color_0to100.pt`, 'torch', 56, 263611.0529899177],
  [`${data}/weights/dncnn/dncnn_gray_25.pth`, 'torch-legacy', 34, 20690.757702605548],
  [`${data}/weights/lpips/alex.pth`, 'torch-legacy', 5, 105.2753545809201],
  [`${data}/weights/lpips/squeeze.pth`, 'torch-legacy', 7, 173.4387181383333],
  [`${data}/weights/lpips/vgg.pth`, 'torch-legacy', 5, 131.85550854727626],
  [`${data}/weights/squeezenet/squeezenet_v1.0.safetensors`, 'safetensors', 52, 28274.637317566707],
  [`${data}/weights/bf-cnn/bf_cnn_bsd300_color.safetensors`, 'safetensors', 20, 22418.343321496523],
  [`${data}/weights/niqe/niqe_pris_params.npz`, 'npz', 3, 17.55963309068045 + 14.32503996259297 + 1],
  [`${data}/weights/niqe/niqe_image_params.mat`, 'mat', 2, 22.98209067508798 + 18.919477966783244],
  [`${opencv}/brisque_range_live.yml`, 'opencv', 1, 40.53693485548865],
]

describe('published files', () => {
  for (const [path, format, count, magnitude] of files) {
    const absent = existsSync(path) ? '' : ` (skipped: ${path} is not there; CUPEL_DATA names the data folder)`
    test.skipIf(absent !== '')(`${path.split('/').pop()}${absent}`, async () => {
      const checkpoint = await readCheckpoint(path)
      expect(checkpoint.format).toBe(format)
      expect(checkpoint.tensors.size).toBe(count)
      let sum = 0
      for (const stored of checkpoint.tensors.values()) {
        for (const value of numbers(await stored.read())) sum += Math.abs(value)
      }
      expect(Math.abs(sum / magnitude - 1)).toBeLessThan(1e-9)
    })
  }

  const cnniqa = files[0]![0]
  const absent = existsSync(cnniqa) ? '' : ` (skipped: ${cnniqa} is not there; CUPEL_DATA names the folder)`
  test.skipIf(absent !== '')(`CNNIQA-LIVE loads strictly${absent}`, async () => {
    const weights = await loadStrict(await readCheckpoint(cnniqa), {
      'conv1.weight': [50, 1, 7, 7],
      'conv1.bias': [50],
      'fc1.weight': [800, 100],
      'fc1.bias': [800],
      'fc2.weight': [800, 800],
      'fc2.bias': [800],
      'fc3.weight': [1, 800],
      'fc3.bias': [1],
    })
    expect(weights.get('fc2.weight')!.data.length).toBe(640_000)
  })

  const brisque = `${opencv}/brisque_model_live.yml`
  const absentBrisque = existsSync(brisque) ? '' : ` (skipped: ${brisque} is not there; Debian's opencv-data has it)`
  test.skipIf(absentBrisque !== '')(`the support vectors of BRISQUE${absentBrisque}`, async () => {
    const vectors = (await readCheckpoint(brisque)).at('opencv_ml_svm', 'support_vectors')
    let sum = 0
    for (const index of vectors.keys) for (const value of vectors.at(index).numbers()) sum += Math.abs(value)
    expect(vectors.keys.length).toBe(774)
    expect(Math.abs(sum / 14267.149768403508 - 1)).toBeLessThan(1e-9)
  })
})
