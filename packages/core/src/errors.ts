/**
 * An error meant for a person: it says what was found, what was expected and what to do. Everything else that is thrown is a
 * defect, of Cupel or of a plugin.
 */
export class CupelError extends Error {
  override name = 'CupelError'
}

/**
 * Something that a computation needs is not there: a weights file, a device, a gradient. A run turns it into an `n/a` row
 * that carries the message, never into a number.
 */
export class Unavailable extends CupelError {
  override name = 'Unavailable'
}

/** Whether `error` is an {@link Unavailable}, also when it was thrown by another copy of this package. */
export const isUnavailable = (error: unknown): error is Unavailable =>
  error instanceof Error && error.name === 'Unavailable'

/** Whether `error` is a {@link CupelError} (or {@link Unavailable}), also when thrown by another copy of this package. */
export const isCupelError = (error: unknown): error is CupelError =>
  isUnavailable(error) || (error instanceof Error && error.name === 'CupelError')
