import { createRequire } from 'node:module'
import util from 'node:util'
import type { Device } from '@cupel/core'
import { Unavailable } from '@cupel/core'
import type { Tensor } from '@tensorflow/tfjs'
import { einsum } from './einsum.js'

/** TensorFlow.js itself: nothing of it leaves this package. */
export type TensorFlow = typeof import('@tensorflow/tfjs')

/** What computes. */
export interface Runtime {
  /** `tfjs-node-gpu` and `tfjs-node` are native, `wasm` runs everywhere. */
  readonly name: 'tfjs-node-gpu' | 'tfjs-node' | 'wasm'
  /** The version of TensorFlow.js. */
  readonly version: string
  /** Better runtimes that are not used, each with the reason. */
  readonly passedOver: readonly { readonly name: string; readonly reason: string }[]
}

interface Loaded {
  readonly tf: TensorFlow
  readonly runtime: Runtime
}

const message = (error: unknown): string => (error instanceof Error ? error.message : String(error)).split('\n')[0]!

const require = createRequire(import.meta.url)

const isInstalled = (name: string): boolean => {
  try {
    require.resolve(name)
    return true
  } catch {
    return false
  }
}

/** A native binding, or why it is not to be had. */
async function native(name: string): Promise<TensorFlow | string> {
  if (!isInstalled(name)) return `not installed: npm install ${name}`
  // The last release calls a function that Node 23 took away.
  const old = util as { isNullOrUndefined?: (value: unknown) => boolean }
  old.isNullOrUndefined ??= (value) => value === null || value === undefined
  try {
    const tf = require(name) as TensorFlow
    await tf.ready()
    return tf
  } catch (error) {
    return `installed, but it does not load: ${message(error)}`
  }
}

async function wasm(): Promise<TensorFlow> {
  const tf = require('@tensorflow/tfjs') as TensorFlow
  const { setWasmPaths } = require('@tensorflow/tfjs-backend-wasm') as typeof import('@tensorflow/tfjs-backend-wasm')
  setWasmPaths(require.resolve('@tensorflow/tfjs-backend-wasm').replace(/[^/\\]*$/, ''))
  if (!(await tf.setBackend('wasm'))) throw new Unavailable('TensorFlow.js cannot start its WebAssembly backend here')
  // The one operator of the models used here that this backend lacks.
  tf.registerKernel({
    kernelName: 'Einsum',
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs }) =>
      einsum(tf, String(attrs?.['equation']), ...(Object.values(inputs) as [Tensor, Tensor])),
  })
  return tf
}

async function load(): Promise<Loaded> {
  const passedOver: { name: string; reason: string }[] = []
  for (const name of ['tfjs-node-gpu', 'tfjs-node'] as const) {
    const found = await native(`@tensorflow/${name}`)
    if (typeof found !== 'string') return { tf: found, runtime: { name, version: found.version.tfjs, passedOver } }
    passedOver.push({ name, reason: found })
  }
  const tf = await wasm()
  // Its warnings advise what was tried already.
  tf.enableProdMode()
  return { tf, runtime: { name: 'wasm', version: tf.version.tfjs, passedOver } }
}

/** One in a process, also when several copies of this package are installed: TensorFlow.js keeps its state in globals. */
const shared = globalThis as { [key: symbol]: Promise<Loaded> | undefined }
const key = Symbol.for('@cupel/tfjs')

export function loaded(): Promise<Loaded> {
  shared[key] ??= load()
  return shared[key]
}

/**
 * The runtime of this process: tfjs-node-gpu when it is installed and loads, else tfjs-node, else WebAssembly. The first call starts it.
 *
 * @throws Unavailable when none can be started
 */
export const runtime = async (): Promise<Runtime> => (await loaded()).runtime

/** @throws Unavailable when the runtime of this process does not compute there */
export async function requireDevice(device: Device): Promise<void> {
  if (device === 'cpu') return
  const { name, passedOver } = await runtime()
  if (device === 'cuda' && name === 'tfjs-node-gpu') return
  const reason = passedOver.find((one) => one.name === 'tfjs-node-gpu')?.reason ?? ''
  throw new Unavailable(
    device === 'cuda'
      ? `TensorFlow.js computes on CUDA with @tensorflow/tfjs-node-gpu, which is ${reason}`
      : `TensorFlow.js does not compute on ${device} here; choose cpu or cuda`,
  )
}

/** Tensors that are alive in this process, weights of open models included. */
export const tensorCount = async (): Promise<number> => (await loaded()).tf.memory().numTensors
