// How users are: online, away or offline, and what they say of themselves. Known while somebody looks.
import { limits, type PersonStatus } from '@nowcast/protocol'
import { untilAnswered } from '../backoff.ts'
import type { ClientParts } from '../channels/channel.ts'
import { type Observable, tell } from '../observable.ts'
import { watchActivity } from './activity.ts'
import { listed } from './listed.ts'

interface Watched {
  readonly listeners: Set<() => void>
  status?: PersonStatus
  /** When the last listener left. */
  unusedSince: number
}

/** How long a user whom nobody looks at stays watched: route changes and remounts come back at once. */
const GRACE_MS = 1_000
const AWAY_AFTER_MS = 300_000

/** The users of the app. */
export class People {
  readonly #parts: Pick<ClientParts, 'connection' | 'timers'>
  readonly #watched = new Map<string, Watched>()
  #wanted = new Set<string>()
  /** Counts connections. */
  #connections = 0
  #away = false
  #cancelSweep: (() => void) | undefined
  #stopActivity: (() => void) | undefined

  /** @param awayAfterMs without activity for so long the user is away; false: never */
  constructor(
    parts: Pick<ClientParts, 'connection' | 'timers'>,
    awayAfterMs: number | false = AWAY_AFTER_MS,
  ) {
    const { connection, timers } = parts
    this.#parts = parts
    connection.listen({
      established: (user) => {
        this.#connections += 1
        this.#want(this.#watched.keys())
        if (user === undefined || awayAfterMs === false) {
          this.#endActivity()
          return
        }
        this.#stopActivity ??= watchActivity(timers, awayAfterMs, (away) => {
          this.#away = away
          this.#sayActivity()
        })
        if (this.#away) this.#sayActivity()
      },
      push: (push) => push.type === 'people' && this.#receive(push.people),
    })
    connection.subscribe(() => {
      const { state } = connection
      if (state === 'disconnected' || state === 'failed') this.#endActivity()
    })
  }

  /** How a user is; undefined until that is known. */
  person(id: string): Observable<PersonStatus | undefined> {
    return {
      subscribe: (listener) => this.#listen([id], listener),
      getSnapshot: () => this.#watched.get(id)?.status,
    }
  }

  /** How several users are, by id; those who are not known yet are missing. */
  several(ids: readonly string[]): Observable<ReadonlyMap<string, PersonStatus>> {
    let shown: ReadonlyMap<string, PersonStatus> = new Map()
    const wanted = [...new Set(ids)]
    return {
      subscribe: (listener) => this.#listen(wanted, listener),
      getSnapshot: () => {
        const known = wanted.flatMap((id) => this.#watched.get(id)?.status ?? [])
        const isSame = known.length === shown.size && known.every((status) => shown.get(status.id) === status)
        if (!isSame) shown = new Map(known.map((status) => [status.id, status]))
        return shown
      },
    }
  }

  /** Says something of the user, which stays until it is replaced; null: nothing any more. @throws NowcastError */
  async setStatus(text: string | null): Promise<void> {
    await this.#parts.connection.call('people.status', { text })
  }

  /** Forgets everything; for when another user has signed in. */
  forget(): void {
    for (const watched of this.#watched.values()) this.#show(watched, undefined)
  }

  /** Waits for nothing any more; for the end of the client. */
  close(): void {
    this.#cancelSweep?.()
    this.#endActivity()
  }

  #listen(ids: readonly string[], listener: () => void): () => void {
    // The same listener may be there for the same user twice.
    const own = () => listener()
    const unknown: string[] = []
    for (const id of ids) {
      const watched = this.#watched.get(id) ?? { listeners: new Set(), unusedSince: 0 }
      watched.listeners.add(own)
      if (!this.#watched.has(id)) unknown.push(id)
      this.#watched.set(id, watched)
    }
    this.#want(unknown)
    this.#parts.connection.connectWhenIdle()
    return () => {
      for (const id of ids) {
        const watched = this.#watched.get(id)
        if (watched?.listeners.delete(own) && watched.listeners.size === 0) {
          watched.unusedSince = this.#parts.timers.now()
        }
      }
      this.#sweepLater()
    }
  }

  #sweepLater(): void {
    this.#cancelSweep ??= this.#parts.timers.after(GRACE_MS, () => this.#sweep())
  }

  #sweep(): void {
    this.#cancelSweep = undefined
    const unused = [...this.#watched].filter(([, { listeners }]) => listeners.size === 0)
    const since = this.#parts.timers.now() - GRACE_MS
    const ended = unused.filter(([, { unusedSince }]) => unusedSince <= since).map(([id]) => id)
    for (const id of ended) this.#watched.delete(id)
    for (const users of chunks(ended)) {
      // A connection that is gone watches nobody either.
      this.#parts.connection.request('people.unwatch', { users }).catch(() => {})
    }
    if (unused.length > ended.length) this.#sweepLater()
  }

  /** Watches with all others who are wanted in this turn. */
  #want(ids: Iterable<string>): void {
    for (const id of ids) {
      if (this.#wanted.size === 0) queueMicrotask(() => this.#watchWanted())
      this.#wanted.add(id)
    }
  }

  #watchWanted(): void {
    const wanted = [...this.#wanted]
    this.#wanted = new Set()
    for (const users of chunks(wanted)) {
      this.#untilTaken(
        () => users.some((id) => this.#watched.has(id)),
        () => this.#parts.connection.request('people.watch', { users }),
      )
    }
  }

  #sayActivity(): void {
    const away = this.#away
    this.#untilTaken(
      () => away === this.#away,
      () => this.#parts.connection.request('people.status', { away }),
    )
  }

  /** On another connection it is said anew, and what can't be mended stays unknown. */
  #untilTaken(isWanted: () => boolean, ask: () => Promise<unknown>): void {
    const connection = this.#connections
    untilAnswered(this.#parts.timers, () => connection === this.#connections && isWanted(), ask).catch(
      () => {},
    )
  }

  #endActivity(): void {
    this.#stopActivity?.()
    this.#stopActivity = undefined
    this.#away = false
  }

  #receive(people: readonly PersonStatus[]): void {
    for (const status of listed(people)) {
      const watched = this.#watched.get(status.id)
      const isSame = JSON.stringify(watched?.status) === JSON.stringify(status)
      if (watched !== undefined && !isSame) this.#show(watched, status)
    }
  }

  #show(watched: Watched, status: PersonStatus | undefined): void {
    if (status === undefined) delete watched.status
    else watched.status = status
    tell(watched.listeners, (listener) => listener())
  }
}

function chunks(users: readonly string[]): readonly (readonly string[])[] {
  const size = limits.usersPerCommand
  return Array.from({ length: Math.ceil(users.length / size) }, (_, index) =>
    users.slice(index * size, (index + 1) * size),
  )
}
