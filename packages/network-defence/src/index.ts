export {
  type Build,
  type Extent,
  type Large,
  type NetworkDefenceOptions,
  networkDefence,
  type Sizing,
  sizesOf,
} from './defence.js'
export { fromHwio } from './kernels.js'
