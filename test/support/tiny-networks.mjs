// Defences of networks with few channels, opened, for tests of what does not depend on the channels: memory, sides.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { safetensors, seededWeights } from '@cupel/defence-parity'
import { openModel } from '@cupel/tfjs'

const packages = new URL('../../packages/', import.meta.url)
const of = (name, module = 'index') => import(new URL(`defences-${name}/dist/${module}.js`, packages))
const fixture = (path) => fileURLToPath(new URL(path, packages))

const folder = mkdtempSync(join(tmpdir(), 'cupel-tiny-'))
process.on('exit', () => rmSync(folder, { recursive: true }))
/** A file of weights that follow from their names and shapes. */
function written(shapes, name = 'network') {
  writeFileSync(join(folder, name), safetensors(seededWeights(shapes, 0.5)))
  return join(folder, name)
}
const opened = (plugin, weights, options = {}) =>
  plugin.open(options, { weights: async (name) => (typeof weights === 'string' ? weights : weights[name]) })

/** A half of ComDefend, as its authors' files have it. */
const half = (name, channels) =>
  written(
    Object.fromEntries(
      channels.slice(1).flatMap((outputs, i) => [
        [`${2 * i}`, [3, 3, channels[i], outputs]],
        [`${2 * i + 1}`, [outputs]],
      ]),
    ),
    name,
  )

export const networks = {
  async dncnn() {
    const [{ dncnnOf }, { dncnnNetwork }] = [await of('dncnn'), await of('dncnn', 'network')]
    const design = { layers: 4, width: 4 }
    return opened(dncnnOf(design), written(dncnnNetwork(design).shapes))
  },
  async ffdnet() {
    const [{ ffdnetOf }, { ffdnetNetwork }] = [await of('ffdnet'), await of('ffdnet', 'network')]
    const design = { layers: 4, width: 8 }
    return opened(ffdnetOf(design), written(ffdnetNetwork(design, 15).shapes))
  },
  async comdefend() {
    const { comdefendOf } = await of('comdefend')
    const design = { encoder: [3, 4, 12], decoder: [12, 4, 3] }
    const files = { encoder: half('encoder', design.encoder), decoder: half('decoder', design.decoder) }
    return opened(comdefendOf(design), files)
  },
  'bf-cnn': async () => opened((await of('bf-cnn')).default, fixture('diffusion/fixtures/bf-cnn.pt')),
  disco: async () => opened((await of('disco')).default, fixture('defences-disco/fixtures/disco.pth')),
  fcn: async () => opened((await of('fcn')).default, fixture('defences-fcn/fixtures/fcn_mse.pth'), { large: 'tile' }),
  async mprnet() {
    const [{ mprnetOf }, { mprnetNetwork }] = [await of('mprnet'), await of('mprnet', 'network')]
    const { shapesOf } = await of('mprnet', 'parameters')
    const design = { features: 4, deeper: 4, wider: 4, blocks: 1 }
    const shapes = Object.fromEntries(shapesOf((image, p) => mprnetNetwork(image, p, design)))
    return opened(mprnetOf(design), written(shapes), { large: 'tile' })
  },
  async 'real-esrgan'() {
    const [{ realEsrganOf }, { compact }] = [await of('real-esrgan'), await of('real-esrgan', 'network')]
    const designs = { general: { width: 4, depth: 2 }, x4plus: { width: 4, depth: 1 } }
    return opened(realEsrganOf(designs), written(compact(designs.general).shapes))
  },
  /** A model of TensorFlow.js that repeats pixels, run as ESRGAN is. */
  async esrgan() {
    const config = {
      size: [2, 2],
      data_format: 'channels_last',
      interpolation: 'nearest',
      batch_input_shape: [null, null, null, 3],
    }
    const model = {
      modelTopology: {
        keras_version: '2.4.0',
        backend: 'tensorflow',
        model_config: {
          class_name: 'Sequential',
          config: { name: 'toy', layers: [{ class_name: 'UpSampling2D', config: { name: 'twice', ...config } }] },
        },
      },
      weightsManifest: [],
    }
    writeFileSync(join(folder, 'model.json'), JSON.stringify(model))
    const tiles = { side: 512, reach: 16 }
    const toy = await openModel(join(folder, 'model.json'), { format: 'layers', white: 255, scale: 2, tiles })
    return { purify: (image) => toy.run(image) }
  },
  diffpure: async () => opened((await of('diffpure')).default, fixture('diffusion/fixtures/bf-cnn.pt'), { t: 2 }),
}
