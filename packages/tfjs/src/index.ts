export { type ImageModel, type ModelOptions, openModel } from './model.js'
export { packagedModel } from './packaged.js'
export { type Runtime, runtime, tensorCount } from './runtime.js'
