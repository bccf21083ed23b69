export { type Border, borderIndex } from './border.js'
export { type Convolution, convolve, convolveAdjoint } from './convolve.js'
export { gaussianKernel, type Kernel } from './kernel.js'
export { fittedWindow, windowSize } from './window.js'
