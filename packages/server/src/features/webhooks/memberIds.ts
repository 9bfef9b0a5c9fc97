// Who the members of a conversation are, known for a few seconds: every message asks.
import { BoundedMap } from '../../engine/memory/boundedMap.ts'
import type { Clock } from '../../foundation/clock.ts'
import type { Store } from '../../store/store.ts'

/** Conversations whose members are known at most. */
const MAX_CONVERSATIONS = 1_000
/** Not every node hears of every change. */
const KNOWN_MS = 5_000

interface Known {
  readonly ids: Promise<readonly string[]>
  readonly until: number
}

/** Ids of members by conversation. */
export class MemberIds {
  readonly #app: string
  readonly #store: Pick<Store, 'members'>
  readonly #clock: Clock
  readonly #known = new BoundedMap<Known>(MAX_CONVERSATIONS)

  constructor(app: string, store: Pick<Store, 'members'>, clock: Clock) {
    this.#app = app
    this.#store = store
    this.#clock = clock
  }

  /** Ids of a conversation's members, a few seconds old at most. @throws NowcastError `unavailable` */
  of(conversation: string): Promise<readonly string[]> {
    const known = this.#known.get(conversation)
    if (known !== undefined && known.until > this.#clock.now()) return known.ids
    const ids = this.#store.members(this.#app, conversation).then((members) => members.map(({ id }) => id))
    this.#known.set(conversation, { ids, until: this.#clock.now() + KNOWN_MS })
    ids.catch(() => {
      if (this.#known.get(conversation)?.ids === ids) this.#known.delete(conversation)
    })
    return ids
  }

  /** The members have changed. */
  forget(conversation: string): void {
    this.#known.delete(conversation)
  }
}
