export { add } from './add.js'
export { type Declared, declaredFile, declaredWeights, namedWeights, type User } from './declared.js'
export { type Pulled, pull } from './pull.js'
export { hashesOf, problemOf, type State, standing } from './verify.js'
