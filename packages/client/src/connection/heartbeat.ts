// Asks the server for a sign of life at every heartbeat, and measures how long it takes.
import { NowcastError } from '@nowcast/protocol'
import type { Timers } from '../timers.ts'

/** What a heartbeat tells its owner. */
export interface HeartbeatListener {
  /** Asks the server; rejects with `timeout` when it does not answer. */
  ask(timeoutMs: number): Promise<unknown>
  alive(roundTripMs: number): void
  dead(): void
}

/** The heartbeat of a connection. */
export class Heartbeat {
  readonly #timers: Timers
  readonly #listener: HeartbeatListener
  #run = 0
  #cancel = () => {}

  constructor(timers: Timers, listener: HeartbeatListener) {
    this.#timers = timers
    this.#listener = listener
  }

  /** Beats from now on, at once and then every `intervalMs`. No answer within half of that is death. */
  start(intervalMs: number): void {
    this.stop()
    void this.#beat(intervalMs, this.#run)
  }

  /** Beats no more. */
  stop(): void {
    this.#run += 1
    this.#cancel()
  }

  /** Asks once, out of turn. */
  async check(timeoutMs: number): Promise<boolean> {
    const run = this.#run
    const askedAt = this.#timers.now()
    try {
      await this.#listener.ask(timeoutMs)
    } catch (error) {
      if (run !== this.#run) return false
      // A refusal is a sign of life too.
      if (error instanceof NowcastError && error.code === 'timeout') {
        this.#listener.dead()
        return false
      }
    }
    if (run !== this.#run) return false
    this.#listener.alive(this.#timers.now() - askedAt)
    return true
  }

  async #beat(intervalMs: number, run: number): Promise<void> {
    if (!(await this.check(intervalMs / 2)) || run !== this.#run) return
    this.#cancel = this.#timers.after(intervalMs, () => void this.#beat(intervalMs, run))
  }
}
