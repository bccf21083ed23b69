/** `none` as a module of its own, so that a worker opens it the way it opens every attack. */
export { noAttack as default } from '@cupel/core'
