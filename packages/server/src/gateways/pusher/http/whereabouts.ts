// Which node has a session. Clients name their sessions themselves, so that a name tells nothing: it is looked up where all
// nodes look, under the name of the session and the app's key.
import type { Caches } from '../../../engine/caches.ts'
import type { Clock, Timer } from '../../../foundation/clock.ts'
import type { Logger } from '../../../foundation/log.ts'

/** What is kept, and renewed so often that two failures in a row do no harm. */
const KEPT_MS = 120_000
const RENEWAL_MS = 40_000

/** What finding sessions needs. */
export interface WhereaboutsParts {
  readonly caches: Pick<Caches, 'get' | 'set' | 'delete'>
  readonly clock: Clock
  readonly log: Logger
  /** This node's name. */
  readonly node: string
}

/** Finds the nodes of sessions, and lets those of this node be found. */
export class Whereabouts {
  readonly #parts: WhereaboutsParts
  readonly #renewals = new Map<string, Timer>()

  constructor(parts: WhereaboutsParts) {
    this.#parts = parts
  }

  /** The node that has a session, as far as it is known. @throws NowcastError `unavailable` */
  find(session: string): Promise<string | undefined> {
    return this.#parts.caches.get(keyOf(session))
  }

  /** This node has the session until `gone`. @throws NowcastError `unavailable` */
  async here(session: string): Promise<void> {
    this.#renewals.get(session)?.cancel()
    this.#renewLater(session)
    await this.#write(session).catch((error: unknown) => {
      void this.gone(session)
      throw error
    })
  }

  /** The session is over. When this resolves, nobody looks for it here any more, as far as that can be done now. */
  async gone(session: string): Promise<void> {
    const renewal = this.#renewals.get(session)
    if (renewal === undefined) return
    renewal.cancel()
    this.#renewals.delete(session)
    // What can't be deleted now ends by itself.
    await this.#parts.caches.delete(keyOf(session)).catch(() => {})
  }

  #renewLater(session: string): void {
    const { clock, log } = this.#parts
    const renewal = clock.after(RENEWAL_MS, () => {
      this.#renewLater(session)
      this.#write(session).catch((error: unknown) => {
        log.debug({ error }, 'where a session is could not be renewed')
      })
    })
    this.#renewals.set(session, renewal)
  }

  #write(session: string): Promise<void> {
    const { caches, node } = this.#parts
    return caches.set(keyOf(session), node, KEPT_MS)
  }
}

const keyOf = (session: string): string => `pusher session\0${session}`
