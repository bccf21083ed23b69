/** `none` as a module of its own, so that a worker opens it the way it opens every defence. */
export { noDefence as default } from '@cupel/core'
