export { type ImageModel, type ModelOptions, openModel } from './model.js'
export { type Runtime, runtime, tensorCount } from './runtime.js'
