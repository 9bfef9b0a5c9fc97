// The commands of a connection that are not answered yet: so many, and no more.
import { NowcastError } from '@nowcast/protocol'

const RETRY_AFTER_MS = 100

/** How a command is answered. */
export interface Answering<T> {
  answer(result: T): void
  refuse(error: unknown): void
}

/** Counts a connection's commands until they are answered. */
export class CommandsUnderWay {
  readonly #max: number
  #count = 0

  /** @param max at most so many at once */
  constructor(max: number) {
    this.#max = max
  }

  /** @throws NowcastError `too_many_commands` when no further one is taken */
  requireRoom(): void {
    if (this.#count < this.#max) return
    throw new NowcastError('too_many_commands', 'Too many commands are under way.', {
      retryAfterMs: RETRY_AFTER_MS,
    })
  }

  /** Sees that a command is answered. @param weight as how many it counts */
  follow<T>(result: Promise<T> | T, weight: number, { answer, refuse }: Answering<T>): void {
    if (!(result instanceof Promise)) {
      answer(result)
      return
    }
    this.#count += weight
    result
      .then(
        (value) => {
          this.#count -= weight
          answer(value)
        },
        (error: unknown) => {
          this.#count -= weight
          refuse(error)
        },
      )
      // What can't be encoded is refused as well.
      .catch(refuse)
  }
}
