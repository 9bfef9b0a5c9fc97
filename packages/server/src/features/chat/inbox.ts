// What was sent to a user while no device was there to take it.
import { limits, type MessagePage } from '@nowcast/protocol'
import type { User } from '../../core/connection.ts'
import type { Clock } from '../../foundation/clock.ts'
import type { Store } from '../../store/store.ts'

/** What the inbox feature works with. */
export interface InboxParts {
  readonly app: string
  readonly store: Pick<Store, 'inbox'>
  readonly clock: Clock
  /** How far back an inbox reaches. */
  readonly ttlMs: number
}

/** Inboxes of one app's users. Reading one moves nothing: receipts say what has arrived. */
export class Inbox {
  readonly #parts: InboxParts

  constructor(parts: InboxParts) {
    this.#parts = parts
  }

  /** The newest of what was not delivered to the user yet, oldest first. @throws NowcastError `unavailable` */
  read(user: User): Promise<MessagePage> {
    const { app, store, clock, ttlMs } = this.#parts
    return store.inbox(app, user.id, { since: clock.now() - ttlMs, limit: limits.inbox })
  }
}
