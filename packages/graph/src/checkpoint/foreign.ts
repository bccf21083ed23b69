import { CheckpointError } from './error.js'

const drive =
  'a download page was saved instead of the checkpoint (Google Drive and others show one before large files): open the link ' +
  'in a browser, confirm the download, and check that the size is the stated one'

const begins =
  (...texts: string[]) =>
  (head: string): boolean =>
    texts.some((text) => head.startsWith(text))

/** Files that people take for checkpoints: how they begin (as Latin-1 text), what they are and what to do. */
const kinds: readonly (readonly [matches: (head: string) => boolean, what: string, advice: string])[] = [
  [(head) => /^\s*<(!doctype html|html|head|\?xml|!--)/i.test(head), 'this is a web page', drive],
  [begins('version https://git-lfs'), 'this is a Git LFS pointer', 'fetch the file itself with `git lfs pull`'],
  [
    begins('\x89HDF\r\n'),
    'this is an HDF5 file (Keras, MATLAB 7.3)',
    'save it as safetensors, .npz or with MATLAB -v7',
  ],
  [
    begins('\x1f\x8b', '7z\xbc\xaf', 'Rar!', 'BZh', '\xfd7zXZ', '\x28\xb5\x2f\xfd'),
    'this is a packed file',
    'unpack it',
  ],
  [
    (head) => head.startsWith('ustar', 257),
    'this is a tar archive',
    'unpack it (PyTorch before 0.1.10 wrote such files: save it again with a newer one)',
  ],
  [(head) => /^\s*\{/.test(head), 'this is JSON', 'expected the weights, not their description'],
]

/** The error for a file that none of the readers knows, as helpful as its first bytes allow. */
export function notCheckpoint(head: Buffer): CheckpointError {
  const text = head.toString('latin1')
  const kind = kinds.find(([matches]) => matches(text))
  if (kind) return new CheckpointError('unsupported', kind[1], kind[2])
  const shown = [...head.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ')
  return new CheckpointError(
    'unsupported',
    `this is no checkpoint of a known format (it begins with the bytes ${shown})`,
    'known are PyTorch .pt/.pth, safetensors, NumPy .npz/.npy, MATLAB .mat (v5) and OpenCV .yml',
  )
}
