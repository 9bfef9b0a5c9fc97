// Those who wait until the watchers of a channel have been told of a user.
import type { Clock } from '../../foundation/clock.ts'

interface Waiter {
  readonly user: string
  go(): void
}

/** Waits for users. */
export class AwaitedUsers {
  readonly #clock: Clock
  readonly #isTold: (user: string) => boolean
  readonly #waiters = new Set<Waiter>()

  constructor(clock: Clock, isTold: (user: string) => boolean) {
    this.#clock = clock
    this.#isTold = isTold
  }

  /** Resolves when the user has been told, or after `withinMs`. */
  wait(user: string, withinMs: number): Promise<void> {
    if (this.#isTold(user)) return Promise.resolve()
    return new Promise((resolve) => {
      const waiter: Waiter = {
        user,
        go: () => {
          timer.cancel()
          this.#waiters.delete(waiter)
          resolve()
        },
      }
      const timer = this.#clock.after(withinMs, waiter.go)
      this.#waiters.add(waiter)
    })
  }

  /** Lets those go whose user has been told by now. */
  check(): void {
    for (const waiter of this.#waiters) if (this.#isTold(waiter.user)) waiter.go()
  }

  /** Lets everybody go. */
  stop(): void {
    for (const waiter of this.#waiters) waiter.go()
  }
}
