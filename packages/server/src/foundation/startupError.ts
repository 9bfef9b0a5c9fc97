// Why a node can't start, in one sentence for the person who started it.

/** Thrown while starting; the message is shown alone, without a stack. */
export class StartupError extends Error {
  /** @param message one sentence that says what is wrong and what to do */
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, options)
    this.name = 'StartupError'
  }
}
