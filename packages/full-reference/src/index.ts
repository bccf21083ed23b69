export type { TermGradient } from './comparison.js'
export { type Difference, difference, l2, linf, psnr, psnrGradient, rmse, rmseGradient } from './difference.js'
export { msSsim, msSsimGradient } from './ms-ssim.js'
export { type SsimOptions, ssim, ssimGradient } from './ssim.js'
