import { Checkpoint, type Format, list } from './checkpoint.js'
import { CheckpointError, naming } from './error.js'
import { CheckpointFile } from './file.js'
import { notCheckpoint } from './foreign.js'
import { isMat, readMat } from './mat.js'
import { npySignature, readNpy, readNpz } from './npy.js'
import { readOpenCV } from './opencv.js'
import { readSafetensors } from './safetensors.js'
import { readPickled, readTorchZip } from './torch.js'
import type { Value } from './value.js'
import { readZip } from './zip.js'

/**
 * Opens a checkpoint; its format is told by its content, not by its name. The structure is read and checked, the elements of
 * tensors are not: they are read from their place in the file when they are asked for, so a large file costs little to open and
 * an optimizer's state beside the model costs nothing. Nothing in the file is ever executed.
 *
 * Formats: PyTorch (`torch.save`, zip and legacy; state_dicts, nested dicts and whole pickled modules), plain pickles,
 * safetensors, NumPy .npz and .npy, MATLAB .mat (version 5), OpenCV .yml.
 *
 * @throws CheckpointError that names the file, what was found and what was expected.
 */
export async function readCheckpoint(path: string): Promise<Checkpoint> {
  return naming(path, async () => {
    const file = await CheckpointFile.at(path)
    return file.opened(async () => {
      const { format, value } = await readAny(file)
      return new Checkpoint(file, format, value)
    })
  })
}

interface Found {
  readonly format: Format
  readonly value: Value
}

async function readAny(file: CheckpointFile): Promise<Found> {
  const head = Buffer.from(await file.read(0, Math.min(1024, file.size)))
  if (head.toString('latin1', 0, 4) === 'PK\x03\x04') return readZipped(file)
  if (head.toString('latin1', 0, 6) === npySignature) return { format: 'npy', value: await readNpy(file, file) }
  if (head.toString('latin1', 0, 6) === '%YAML:') return { format: 'opencv', value: await readOpenCV(file) }
  if (isMat(head)) return { format: 'mat', value: await readMat(file) }
  if (head[0] === 0x80 && head.length > 1 && head[1]! <= 5) return readPickled(file)
  // The header's length in eight bytes, of which the upper ones are zero, and the brace that opens it.
  if (head.length > 8 && head.readUInt32LE(4) === 0 && head[8] === 0x7b) {
    return { format: 'safetensors', value: await readSafetensors(file) }
  }
  if (/^(\([dlti]|[\]})]|c[\w.]+\n\w+\n)/.test(head.toString('latin1')) && (await endsWithDot(file)))
    return readPickled(file)
  throw notCheckpoint(head)
}

/** Pickles of protocols 0 and 1 have no signature: they begin with a collection or a class, and end with STOP. */
const endsWithDot = async (file: CheckpointFile): Promise<boolean> => (await file.read(file.size - 1, 1))[0] === 0x2e

async function readZipped(file: CheckpointFile): Promise<Found> {
  const entries = await readZip(file)
  const pickle = [...entries.keys()].find((name) => /^([^/]+\/)?data\.pkl$/.test(name))
  if (pickle !== undefined) return { format: 'torch', value: await readTorchZip(file, entries, pickle) }
  const names = [...entries.keys()]
  if (names.length > 0 && names.every((name) => name.endsWith('.npy')))
    return { format: 'npz', value: await readNpz(file, entries) }
  throw new CheckpointError(
    'unsupported',
    `this is a zip file of ${list(names, 4)}`,
    "expected PyTorch's data.pkl or NumPy's .npy files: if the checkpoint is inside, unpack it",
  )
}
