import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { basename } from 'node:path'
import { promisify } from 'node:util'
import type { Model } from './model.js'
import { byteLength } from './tensor.js'

/** Bytes of weights, of all tensors or of one, from which on care is taken of memory. */
export const large = 64 * 2 ** 20

/** Whether a model is worth a process that optimises it. */
export const isLarge = ({ initializers }: Model): boolean =>
  [...initializers.values()].reduce((sum, value) => sum + byteLength(value), 0) >= large

/** Opens a model and has the runtime write down what it made of it, its weights beside it. */
const script = `
const [runtime, path, out, data] = process.argv.slice(1)
require(runtime).InferenceSession.create(path, {
  executionProviders: ['cpu'],
  intraOpNumThreads: 1,
  enableCpuMemArena: false,
  graphOptimizationLevel: 'all',
  logSeverityLevel: 4,
  optimizedModelFilePath: out,
  extra: {
    session: {
      disable_prepacking: '1',
      optimized_model_external_initializers_file_name: data,
      optimized_model_external_initializers_min_size_in_bytes: '1024',
    },
  },
})`

/**
 * Optimises a model for the CPU of this machine, beside the file it is in: constants folded, nodes fused, weights in the
 * order in which the kernels want them. To open the result is to map it, which takes milliseconds and the weights once.
 * A process of its own does it, since what onnxruntime needs on the way, a few times the weights, stays with its process.
 *
 * @returns the path of the optimised model, to be opened without any further optimisation; undefined where it cannot be had,
 *   also because something is wrong with the model: opening it as it is then says what
 */
export async function optimised(path: string): Promise<string | undefined> {
  const out = `${path}.optimised.onnx`
  const runtime = createRequire(import.meta.url).resolve('onnxruntime-node')
  try {
    // Blocks of memory that go back to the system as soon as they are free, where this is glibc.
    const env = { ...process.env, MALLOC_MMAP_THRESHOLD_: '65536' }
    await promisify(execFile)(process.execPath, ['-e', script, runtime, path, out, `${basename(out)}.data`], { env })
    return out
  } catch {
    return undefined
  }
}
