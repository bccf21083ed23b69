export { type Distance, distance } from './distance.js'
export { dists, distsOf, distsShapes } from './dists.js'
export { lpips, lpipsOf, lpipsShapes } from './lpips.js'
export { distsWeights, type LpipsNetwork, lpipsWeights } from './weights.js'
