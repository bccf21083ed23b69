/** Weights from files, without Python: PyTorch, safetensors and the other formats in which networks are published. */
export { Checkpoint, type Format } from './checkpoint.js'
export { CheckpointError } from './error.js'
export { readCheckpoint } from './read.js'
export { StoredTensor } from './stored.js'
export { loadStrict, type StrictOptions } from './strict.js'
export { Inert, type Value } from './value.js'
