// The members of a conversation, kept current while somebody looks.
import {
  type ConversationMember,
  conversationChannel,
  isObject,
  type Json,
  type NowcastError,
  type Publication,
} from '@nowcast/protocol'
import type { ClientParts } from '../channels/channel.ts'
import { type Observable, RunningVariable } from '../observable.ts'
import { Follower } from './follower.ts'

/** The members of a conversation. */
export interface MembershipSnapshot {
  readonly status: 'idle' | 'loading' | 'ready' | 'refused'
  /** Why it was refused. */
  readonly error?: NowcastError
  /** By name, then by id. */
  readonly members: readonly ConversationMember[]
}

const NOTHING: MembershipSnapshot = { status: 'idle', members: [] }

/** A live list of members. */
export class Membership implements Observable<MembershipSnapshot> {
  readonly #follower: Follower<readonly ConversationMember[]>
  readonly #snapshot = new RunningVariable(NOTHING, () => this.#start())

  constructor(conversation: string, parts: ClientParts) {
    this.#follower = new Follower(conversationChannel(conversation), parts, {
      load: async () => (await parts.connection.call('conversation.members', { conversation })).members,
      loaded: (members) => this.#show(members),
      event: (publication) => this.#receive(publication),
      refused: (error) => this.#snapshot.set({ status: 'refused', error, members: [] }),
    })
  }

  /** True while somebody looks. */
  get active(): boolean {
    return this.#snapshot.running
  }

  readonly getSnapshot = (): MembershipSnapshot => this.#snapshot.getSnapshot()

  readonly subscribe = (listener: () => void): (() => void) => this.#snapshot.subscribe(listener)

  /** Loads anew; for after a refusal, e.g. when the user has joined. */
  reload(): void {
    this.#snapshot.restart()
  }

  /** Forgets everything and loads anew; for when another user has signed in. */
  forget(): void {
    this.#snapshot.set(NOTHING)
    this.reload()
  }

  #start(): () => void {
    const { members, status } = this.getSnapshot()
    if (status !== 'ready') this.#snapshot.set({ status: 'loading', members })
    return this.#follower.start()
  }

  // Each event has all of a member: one that was loaded already changes nothing.
  #receive({ name, data }: Publication): void {
    if (!isObject(data)) return
    const { members } = this.getSnapshot()
    const others = () => members.filter(({ id }) => id !== data.id)
    if (name === 'member:left') this.#show(others())
    else if ((name === 'member:joined' || name === 'member:changed') && isMember(data)) {
      this.#show([...others(), data])
    }
  }

  #show(members: readonly ConversationMember[]): void {
    const sorted = [...members].sort(
      (one, other) => compare(one.name ?? one.id, other.name ?? other.id) || compare(one.id, other.id),
    )
    this.#snapshot.set({ status: 'ready', members: sorted })
  }
}

const compare = (one: string, other: string): number => one.localeCompare(other)

/** True for a member, as far as a page's state rests on it. */
export function isMember(data: Json): data is ConversationMember {
  return isObject(data) && typeof data.id === 'string' && typeof data.role === 'string'
}
