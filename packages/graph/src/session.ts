import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InferenceSession, listSupportedBackends, Tensor as OrtTensor } from 'onnxruntime-node'
import { GraphError } from './errors.js'
import type { Model } from './model.js'
import { saveModel, writeModel } from './onnx/write.js'
import { isLarge, large, optimised } from './optimised.js'
import { providerOf } from './runtime.js'
import { byteLength, type DType, sizeOf, type Tensor, type TypedArray } from './tensor.js'

export type Device = 'cpu' | 'cuda' | 'webgpu'

export interface SessionOptions {
  /** Where to compute; default `cpu`. A device that is not there is an error, never silently another one. */
  readonly device?: Device
  /** Threads inside one operator; default 1, since a pool of workers keeps the cores busy better. */
  readonly threads?: number
}

/** A model ready to run. */
export interface Session {
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  /**
   * Runs the model on its named inputs. The call blocks its thread while it computes, so heavy work belongs in a worker.
   *
   * @param fetch Names of the outputs wanted; all of them by default.
   * @throws GraphError `usage` for a missing or unknown input, `shape` for one that does not fit.
   */
  run(feeds: Readonly<Record<string, Tensor>>, fetch?: readonly string[]): Promise<Record<string, Tensor>>
  /** Frees the memory of the model once what is running has ended. The session cannot be used afterwards. */
  dispose(): Promise<void>
}

/**
 * Opens a model for running.
 *
 * @param model A model, the bytes of an .onnx file, or its path. Large ones take the least memory as a model on the CPU, which is
 *   optimised in a process of its own and mapped; then by path.
 * @throws GraphError `missing` for a device that cannot be had here, `corrupt` for a model that the runtime refuses.
 */
export async function open(
  model: Model | Uint8Array | string,
  { device = 'cpu', threads = 1 }: SessionOptions = {},
): Promise<Session> {
  requireDevice(device)
  if (typeof model === 'string' && !existsSync(model)) throw new GraphError('missing', `there is no model at ${model}`)
  const options: InferenceSession.SessionOptions = {
    executionProviders: [device],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    // A plan of all buffers for each input shape costs a fifth more memory than the arena by itself, and gains no time.
    enableMemPattern: false,
    logSeverityLevel: 4, // what goes wrong is in the errors
  }
  const { session, discard } = await create(model, device, options).catch((cause: Error) => {
    throw opening(cause, device, typeof model === 'string' ? model : 'the model')
  })
  const running = new Set<Promise<unknown>>()
  return {
    inputs: session.inputNames,
    outputs: session.outputNames,
    async run(feeds, fetch = session.outputNames) {
      const pending = session.run(fed(session, feeds), [...fetch])
      running.add(pending)
      try {
        const results = await pending
        return Object.fromEntries(Object.entries(results).map(([name, value]) => [name, taken(value as OrtTensor)]))
      } catch (cause) {
        const message = `the model failed on inputs ${shapes(feeds)}: ${(cause as Error).message}`
        throw new GraphError('shape', message, { cause })
      } finally {
        running.delete(pending)
      }
    },
    async dispose() {
      await Promise.allSettled(running)
      await session.release()
      await discard?.()
    },
  }
}

// From a buffer onnxruntime needs the weights twice while it opens a model, and once more to bring them into the order
// of its kernels: large ones go by a file that has them in that order, which it maps.
async function create(
  model: Model | Uint8Array | string,
  device: Device,
  options: InferenceSession.SessionOptions,
): Promise<{ readonly session: InferenceSession; readonly discard?: () => Promise<void> }> {
  if (typeof model === 'string') return { session: await InferenceSession.create(model, options) }
  if (model instanceof Uint8Array) return { session: await InferenceSession.create(model, options) }
  if (!isLarge(model)) return { session: await InferenceSession.create(writeModel(model), options) }
  // Packing the matrix of a huge linear layer doubles it, and one row at a time gains nothing by it.
  const unpacked = [...model.initializers.values()].some((value) => byteLength(value) >= large)
  const extra = unpacked ? { extra: { session: { disable_prepacking: '1' } } } : {}
  const folder = await mkdtemp(join(tmpdir(), 'cupel-graph-'))
  // Windows keeps what is mapped: there it is the second time, after the session, that this succeeds.
  const discard = () => rm(folder, { recursive: true, force: true }).catch(() => undefined)
  try {
    const path = join(folder, 'model.onnx')
    saveModel(model, path)
    const ready = device === 'cpu' ? await optimised(path) : undefined
    const final = ready
      ? { ...options, ...extra, graphOptimizationLevel: 'disabled' as const }
      : { ...options, ...extra }
    const session = await InferenceSession.create(ready ?? path, final)
    return { session, discard }
  } finally {
    await discard()
  }
}

const install: Record<Device, string> = {
  cpu: '',
  cuda: 'it needs Linux x64, an NVIDIA GPU with CUDA 12 and cuDNN 9, and the CUDA provider that the install script of onnxruntime-node downloads (pnpm rebuild onnxruntime-node, or npm rebuild)',
  webgpu: 'it needs a GPU with a Vulkan, Metal or Direct3D 12 driver',
}

function requireDevice(device: Device): void {
  const backends = listSupportedBackends()
  const names = backends.map(({ name }) => name)
  const backend = backends.find(({ name }) => name === device)
  if (!backend) {
    const there = `onnxruntime-node has ${names.join(', ')} here`
    throw new GraphError(
      'missing',
      `device "${device}" cannot be used: ${there}; ${install[device] ?? 'choose cpu, cuda or webgpu'}`,
    )
  }
  if (backend.bundled || providerOf(device)) return
  throw new GraphError(
    'missing',
    `device "${device}" cannot be used: its provider is not installed; ${install[device]}`,
  )
}

function opening(cause: Error, device: Device, what: string): GraphError {
  const text = cause.message.replace(/\s+/g, ' ')
  if (device !== 'cpu' && /provider|adapter|device|dlopen|libonnxruntime|cuda|webgpu|dawn/i.test(text)) {
    return new GraphError(
      'missing',
      `device "${device}" cannot be used here: ${install[device]}. onnxruntime says: ${text}`,
      { cause },
    )
  }
  return new GraphError('corrupt', `onnxruntime cannot open ${what}: ${text}`, { cause })
}

const shapes = (feeds: Readonly<Record<string, Tensor>>): string =>
  Object.entries(feeds)
    .map(([name, { dtype, shape }]) => `${name}: ${dtype}[${shape}]`)
    .join(', ')

function fed(session: InferenceSession, feeds: Readonly<Record<string, Tensor>>): Record<string, OrtTensor> {
  const missing = session.inputNames.filter((name) => !(name in feeds))
  const unknown = Object.keys(feeds).filter((name) => !session.inputNames.includes(name))
  if (missing.length > 0 || unknown.length > 0) {
    const found = [...missing.map((name) => `"${name}" is missing`), ...unknown.map((name) => `"${name}" is unknown`)]
    throw new GraphError('usage', `the model has inputs ${session.inputNames.join(', ')}: ${found.join(', ')}`)
  }
  return Object.fromEntries(
    Object.entries(feeds).map(([name, { dtype, shape, data }]) => {
      if (dtype === 'bfloat16')
        throw new GraphError('unsupported', `input "${name}" is bfloat16, which onnxruntime-node cannot take`)
      if (sizeOf(shape) !== data.length) {
        throw new GraphError('shape', `input "${name}" of shape [${shape}] has ${data.length} elements`)
      }
      return [name, new OrtTensor(dtype as 'float32', data as Float32Array, shape)]
    }),
  )
}

const taken = (value: OrtTensor): Tensor => ({
  dtype: value.type as DType,
  shape: value.dims,
  data: value.data as TypedArray,
})
