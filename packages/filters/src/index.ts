export { type Border, borderIndex } from './border.js'
export { type Convolution, convolve, convolveAdjoint } from './convolve.js'
export { fittedWindow, gaussianKernel, type Kernel } from './kernel.js'
