/**
 * What went wrong, for programs:
 * - `corrupt`: a file or buffer is not what it should be (truncated, malformed, inconsistent);
 * - `refused`: it asks for something that is not allowed (leaving its folder, running code);
 * - `unsupported`: it is well-formed and outside of what is supported (an opset, an operator, a dtype);
 * - `shape`: shapes disagree, or one is not known where it has to be;
 * - `missing`: a name, key, file or device is not there;
 * - `usage`: a call that makes no sense.
 */
export type GraphErrorKind = 'corrupt' | 'refused' | 'unsupported' | 'shape' | 'missing' | 'usage'

/** Every error that this package raises on purpose. The message says what was found, what was expected and what to do. */
export class GraphError extends Error {
  override readonly name: string = 'GraphError'

  constructor(
    readonly kind: GraphErrorKind,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}
