import { closeSync, fstatSync, openSync, readSync, realpathSync } from 'node:fs'
import { dirname, isAbsolute, relative, resolve } from 'node:path'
import type { StringStringEntryProto } from 'onnx-buf'
import { GraphError } from '../errors.js'

/** Reads the bytes of a tensor that a model keeps in a file beside it. */
export type ExternalData = (entries: readonly StringStringEntryProto[], tensor: string, size: number) => Uint8Array

/**
 * Access to the external data of the model at `path`, which may not leave the model's folder: neither by `..`, nor by an
 * absolute path, nor by a symbolic link.
 */
export function externalData(path: string | undefined): ExternalData {
  return (entries, tensor, size) => {
    const value = new Map(entries.map((entry) => [entry.key, entry.value]))
    const location = value.get('location')
    if (!location) throw new GraphError('corrupt', `tensor "${tensor}" is external but does not say where`)
    if (path === undefined) {
      throw new GraphError(
        'missing',
        `tensor "${tensor}" is in the file ${location}: read the model by its path, not from bytes`,
      )
    }
    const offset = whole(value.get('offset'), 0, tensor)
    const length = whole(value.get('length'), size, tensor)
    if (length !== size) {
      throw new GraphError('corrupt', `tensor "${tensor}" needs ${size} bytes, its external data has ${length}`)
    }
    return slice(inside(dirname(resolve(path)), location, tensor), offset, length, tensor)
  }
}

function whole(text: string | undefined, otherwise: number, tensor: string): number {
  if (text === undefined) return otherwise
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new GraphError('corrupt', `tensor "${tensor}": "${text}" is no offset or length of external data`)
  }
  return value
}

function inside(folder: string, location: string, tensor: string): string {
  const outside = (path: string, base: string) => {
    const way = relative(base, path)
    return way === '' || way.split(/[\\/]/)[0] === '..' || isAbsolute(way)
  }
  const path = resolve(folder, location)
  const refused = new GraphError(
    'refused',
    `tensor "${tensor}" asks for external data at "${location}", outside of the model's folder ${folder}`,
  )
  if (isAbsolute(location) || outside(path, folder)) throw refused
  let real: string
  try {
    real = realpathSync(path)
  } catch (cause) {
    throw new GraphError('missing', `the external data ${path} of tensor "${tensor}" is not there`, { cause })
  }
  if (outside(real, realpathSync(folder))) throw refused
  return real
}

function slice(path: string, offset: number, length: number, tensor: string): Uint8Array {
  const file = openSync(path, 'r')
  try {
    const { size } = fstatSync(file)
    if (offset + length > size) {
      throw new GraphError(
        'corrupt',
        `tensor "${tensor}" needs bytes ${offset} to ${offset + length} of ${path}, which has ${size}: is it truncated?`,
      )
    }
    const bytes = new Uint8Array(length)
    let done = 0
    while (done < length) {
      const got = readSync(file, bytes, done, Math.min(length - done, 1 << 30), offset + done)
      if (got === 0) throw new GraphError('corrupt', `${path} ended while tensor "${tensor}" was read`)
      done += got
    }
    return bytes
  } finally {
    closeSync(file)
  }
}
