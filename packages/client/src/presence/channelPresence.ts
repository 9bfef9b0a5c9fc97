// Who is on a channel: known while somebody looks, and one's own membership kept over reconnections.
import type { Json, Member, NowcastError, Push } from '@nowcast/protocol'
import { type Observable, RunningVariable, tell } from '../observable.ts'
import { Entering } from './entering.ts'
import { changeMembers, type MemberChange, replaceMembers } from './members.ts'
import type { Watch, Watches } from './watches.ts'

/** Who is on a channel. */
export interface PresenceSnapshot {
  /** `refused`: see `error`. */
  readonly status: 'idle' | 'loading' | 'ready' | 'refused'
  readonly error?: NowcastError
  /** By name, then id. */
  readonly members: readonly Member[]
  readonly count: number
  /** False on a large channel: `members` is a sample of them. */
  readonly complete: boolean
}

/** What may happen to a member. */
export type MemberEvent = 'joined' | 'updated' | 'left'

type PresencePush = Push & { readonly type: 'presence' | 'presence.changed' }

/** True for what concerns presence. */
export const isPresencePush = (push: Push): push is PresencePush =>
  push.type === 'presence' || push.type === 'presence.changed'

const NOTHING: PresenceSnapshot = { status: 'idle', members: [], count: 0, complete: true }
const LOADING: PresenceSnapshot = { ...NOTHING, status: 'loading' }
const listenToNothing = () => {}

/** The presence of a channel. It is followed from its first subscriber or listener to its last. */
export class ChannelPresence implements Observable<PresenceSnapshot> {
  readonly #watch: Watch<PresencePush>
  readonly #entering: Entering
  readonly #snapshot = new RunningVariable(NOTHING, () => this.#start())
  readonly #listeners = {
    joined: new Set<(member: Member) => void>(),
    updated: new Set<(member: Member) => void>(),
    left: new Set<(member: Member) => void>(),
  }

  constructor(channel: string, watches: Watches<PresencePush>) {
    this.#watch = watches.channel(channel, {
      received: (push) => this.#receive(push),
      subscribed: () => this.#entering.subscribed(),
      unsubscribed: () => this.#entering.unsubscribed(),
      refused: (error) => {
        this.#entering.refused(error)
        if (this.#snapshot.running) this.#snapshot.set({ ...NOTHING, status: 'refused', error })
      },
      ended: () => this.#snapshot.set(NOTHING),
    })
    this.#entering = new Entering(channel, watches.parts, () => this.#watch.keep())
  }

  /** True while somebody looks or is entered. */
  get active(): boolean {
    return this.#snapshot.running || this.#entering.active
  }

  readonly getSnapshot = (): PresenceSnapshot => this.#snapshot.getSnapshot()

  readonly subscribe = (listener: () => void): (() => void) => this.#snapshot.subscribe(listener)

  /** Hears of each member who joins, changes or leaves, but not of those who are there already. @returns stops that */
  on(kind: MemberEvent, listener: (member: Member) => void): () => void {
    const listeners = this.#listeners[kind]
    listeners.add(listener)
    const stop = this.subscribe(listenToNothing)
    return () => {
      listeners.delete(listener)
      stop()
    }
  }

  /**
   * Makes the user a member, over all reconnections until `leave`; again: replaces the member's data. It waits for the
   * connection, and resolves once the server knows.
   * @throws NowcastError what can't be mended by waiting, e.g. `unauthorized`, `data_too_large`
   */
  enter(data?: Json): Promise<void> {
    return this.#entering.enter(data)
  }

  /** Ends the membership. Resolves once the server knows, or the connection is gone. */
  leave(): Promise<void> {
    return this.#entering.leave()
  }

  /** Forgets everything; for when another user has signed in. */
  forget(): void {
    this.#snapshot.set(this.#snapshot.running ? LOADING : NOTHING)
  }

  #start(): () => void {
    if (this.getSnapshot().status !== 'ready') this.#snapshot.set(LOADING)
    return this.#watch.watch()
  }

  #receive(push: PresencePush): void {
    const { status, members, complete } = this.getSnapshot()
    const { count } = push
    if (push.type === 'presence') {
      const change = replaceMembers(members, push.members)
      this.#show(change, count, push.complete !== false)
      // Those who are there already do not join; nor does anybody by being in a sample.
      if (status === 'ready' && complete && push.complete) this.#tell(change)
    } else if (status === 'ready') {
      const change = changeMembers(members, push)
      this.#show(change, count, complete)
      this.#tell(change)
    }
  }

  #show({ members }: MemberChange, count: number, complete: boolean): void {
    const before = this.getSnapshot()
    const isSame = before.members === members && before.count === count && before.complete === complete
    if (before.status !== 'ready' || !isSame) {
      this.#snapshot.set({ status: 'ready', members, count, complete })
    }
  }

  #tell(change: MemberChange): void {
    for (const kind of ['left', 'joined', 'updated'] as const) {
      for (const member of change[kind]) tell(this.#listeners[kind], (listener) => listener(member))
    }
  }
}
