export { extensions, type ReadOptions, readImage } from './read.js'
export { fromSharp, recoded, toSharp } from './sharp.js'
export { encodePng, writeImage } from './write.js'
