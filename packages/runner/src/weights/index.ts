export { type Added, add } from './add.js'
export { type Declared, declaredFile, declaredWeights, namedWeights, type User } from './declared.js'
export { type Pulled, type PullOptions, pull } from './pull.js'
export { hashesOf, problemOf, type Standing, type State, standing } from './verify.js'
