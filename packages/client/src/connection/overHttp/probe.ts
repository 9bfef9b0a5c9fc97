// Finds out from time to time whether a better transport works by now: it is opened and asked for an answer, beside the
// one in use.
import type { TransportName } from '@nowcast/protocol'
import type { Timers } from '../../timers.ts'
import { isOnline } from '../surroundings.ts'
import type { OpenTransport, Transport } from '../transport.ts'

const FIRST_MS = 30_000
const LONGEST_MS = 600_000
const ANSWER_TIMEOUT_MS = 5_000
/** Any answer will do. */
const QUESTION = '{"type":"ping","id":1}'

/** Looks for better transports. */
export class TransportProbe {
  readonly #timers: Timers
  readonly #open: (name: TransportName) => OpenTransport
  #delayMs = FIRST_MS
  #cancel = () => {}

  constructor(timers: Timers, open: (name: TransportName) => OpenTransport) {
    this.#timers = timers
    this.#open = open
  }

  /** Tries each of `names` after a while, and again after longer ones, until one of them works. */
  start(names: readonly TransportName[], found: (name: TransportName) => void): void {
    this.stop()
    if (names.length === 0) return
    const jitter = 0.75 + this.#timers.random() / 2
    this.#cancel = this.#timers.after(this.#delayMs * jitter, () => {
      this.#delayMs = Math.min(this.#delayMs * 2, LONGEST_MS)
      if (isOnline()) void this.#tryAll(names, found)
      else this.start(names, found)
    })
  }

  /** Looks no more. */
  stop(): void {
    this.#cancel()
    this.#cancel = () => {}
  }

  /** The surroundings have changed: the next look comes early again. */
  reset(): void {
    this.#delayMs = FIRST_MS
  }

  async #tryAll(names: readonly TransportName[], found: (name: TransportName) => void): Promise<void> {
    let isStopped = false
    for (const name of names) {
      const works = await this.#works(name, (cancel) => {
        this.#cancel = () => {
          isStopped = true
          cancel()
        }
      })
      if (isStopped) return
      if (works) {
        found(name)
        return
      }
    }
    this.start(names, found)
  }

  #works(name: TransportName, cancellable: (cancel: () => void) => void): Promise<boolean> {
    return new Promise((resolve) => {
      let transport: Transport | undefined
      const end = (works: boolean) => {
        cancelTimeout()
        transport?.close()
        resolve(works)
      }
      const cancelTimeout = this.#timers.after(ANSWER_TIMEOUT_MS, () => end(false))
      cancellable(() => end(false))
      try {
        transport = this.#open(name)({
          opened: () => transport?.send(QUESTION),
          received: () => end(true),
          closed: () => end(false),
        })
      } catch {
        end(false)
      }
    })
  }
}
