// Who is no member any more receives nothing any more, on every node. A conversation's channel tells its subscribers'
// nodes itself. Where only its signals are listened to, the database's notice of each commit is the sign to look.
import {
  CONVERSATION_CHANNEL_PREFIX,
  conversationChannel,
  NowcastError,
  type Publication,
  SIGNALS_CHANNEL_PREFIX,
  signalsChannel,
} from '@nowcast/protocol'
import type { Hub } from '../../core/hub.ts'
import { channelKey, splitChannelKey } from '../../foundation/channelKey.ts'
import type { Clock, Timer } from '../../foundation/clock.ts'
import type { Logger } from '../../foundation/log.ts'
import type { Store } from '../../store/store.ts'

/** Commits of so long are looked at together. */
const LOOK_AFTER_MS = 50
const RETRY_MS = 500

/** What departures work with. */
export interface DeparturesParts {
  readonly app: string
  readonly store: Pick<Store, 'membersAmong'>
  readonly hub: Hub
  readonly clock: Clock
  readonly log: Logger
}

/** Ends what former members of one app's conversations still receive on this node. */
export class Departures {
  readonly #parts: DeparturesParts
  /** Conversations whose signals may have subscribers who are no members. */
  readonly #doubted = new Set<string>()
  #looking: Timer | undefined
  #stopped = false

  constructor(parts: DeparturesParts) {
    this.#parts = parts
  }

  /** Takes note of what was delivered on a conversation's channel. */
  delivered(conversation: string, { name, data }: Publication): void {
    if (name !== 'member:left' || typeof data !== 'object' || data === null || !('id' in data)) return
    const { id } = data
    this.#expel(conversation, (user) => user === id)
  }

  /** The conversation's channel begins to be heard: what was committed just before is in its past, and not delivered. */
  opened(conversation: string): void {
    if (this.#isHeard(signalsChannel(conversation))) this.#doubt(conversation)
  }

  /** Some node has committed a change of one of the app's conversations. */
  committed(conversation: string): void {
    // Without subscribers the conversation's channel may close before it has delivered this.
    if (!this.#isHeard(conversationChannel(conversation))) this.opened(conversation)
  }

  /** Commits may have been missed. */
  resynchronize(): void {
    for (const key of this.#parts.hub.liveChannels()) {
      const { app, channel } = splitChannelKey(key)
      if (app !== this.#parts.app || !channel.startsWith(SIGNALS_CHANNEL_PREFIX)) continue
      this.committed(channel.slice(SIGNALS_CHANNEL_PREFIX.length))
    }
  }

  /** Looks at nothing any more. */
  stop(): void {
    this.#stopped = true
    this.#looking?.cancel()
  }

  #isHeard(channel: string): boolean {
    const { app, hub } = this.#parts
    for (const _ of hub.subscribers(channelKey(app, channel)) ?? []) return true
    return false
  }

  #doubt(conversation: string, afterMs = LOOK_AFTER_MS): void {
    this.#doubted.add(conversation)
    this.#looking ??= this.#parts.clock.after(afterMs, () => void this.#look())
  }

  async #look(): Promise<void> {
    const doubted = [...this.#doubted]
    this.#doubted.clear()
    this.#looking = undefined
    for (const conversation of doubted) {
      if (this.#stopped) return
      await this.#check(conversation).catch((error: unknown) => {
        if (this.#stopped) return
        this.#parts.log.warn(
          { error, conversation },
          "a conversation's members could not be read; trying again",
        )
        this.#doubt(conversation, RETRY_MS)
      })
    }
  }

  async #check(conversation: string): Promise<void> {
    const { app, store, hub } = this.#parts
    const subscribers = hub.subscribers(channelKey(app, signalsChannel(conversation))) ?? []
    const users = new Set([...subscribers].flatMap(({ user }) => user?.id ?? []))
    if (users.size === 0) return
    const members = new Set(await store.membersAmong(app, conversation, [...users]))
    // Who has come since the question was asked was not asked about.
    this.#expel(conversation, (user) => users.has(user) && !members.has(user))
  }

  #expel(conversation: string, hasLeft: (user: string) => boolean): void {
    const { app, hub } = this.#parts
    const error = new NowcastError(
      'not_a_member',
      'You are not a member of this conversation any more.',
    ).toWire()
    for (const prefix of [CONVERSATION_CHANNEL_PREFIX, SIGNALS_CHANNEL_PREFIX]) {
      hub.expel(
        channelKey(app, prefix + conversation),
        ({ user }) => user !== undefined && hasLeft(user.id),
        error,
      )
    }
  }
}
