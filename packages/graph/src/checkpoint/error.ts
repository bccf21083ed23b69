import { GraphError, type GraphErrorKind } from '../errors.js'

/** What is wrong with a checkpoint: the file, what was found in it and what had been expected. */
export class CheckpointError extends GraphError {
  override readonly name: string = 'CheckpointError'

  /**
   * @param found What was found, as a clause: "the header claims 900 bytes and the file has 40".
   * @param expected What would have been right, or what to do, as a clause.
   * @param path The file, once it is known: readers that see only bytes leave it to the border ({@link naming}).
   */
  constructor(
    kind: GraphErrorKind,
    readonly found: string,
    readonly expected?: string,
    readonly path?: string,
    options?: ErrorOptions,
  ) {
    super(
      kind,
      `${path === undefined ? '' : `${path}: `}${found}${expected === undefined ? '' : `; ${expected}`}`,
      options,
    )
  }
}

/** Runs a reader and puts the path into the errors that it raises. Anything else passes as it is: it is a defect. */
export async function naming<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    throw named(path, error)
  }
}

/** The error with the path in it, if it is a {@link CheckpointError} without one. */
export function named(path: string, error: unknown): unknown {
  if (!(error instanceof CheckpointError) || error.path !== undefined) return error
  return new CheckpointError(error.kind, error.found, error.expected, path, { cause: error.cause })
}

/** Runs a call into a library whose every error means that the file is damaged. */
export async function guarding<T>(what: string, call: () => T | Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (cause) {
    if (cause instanceof CheckpointError) throw cause
    throw new CheckpointError('corrupt', `${what}: ${(cause as Error).message}`, undefined, undefined, { cause })
  }
}
