export { type Build, type Extent, type Large, type NetworkDefenceOptions, networkDefence } from './defence.js'
export { fromHwio } from './kernels.js'
