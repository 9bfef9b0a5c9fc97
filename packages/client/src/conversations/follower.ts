// State that is loaded once a channel is subscribed and kept current by its events: nothing is missed between the two,
// because what is committed after the subscription arrives as an event, and events wait for what is being loaded.
import { NowcastError, type Publication } from '@nowcast/protocol'
import { untilAnswered } from '../backoff.ts'
import type { ClientParts } from '../channels/channel.ts'
import type { ChannelGap } from '../channels/entry.ts'

/** Whose state it is. */
export interface Followed<T> {
  load(): Promise<T>
  loaded(state: T): void
  event(publication: Publication): void
  /** Some events were missed; the state is loaded anew. */
  gap?(gap: ChannelGap): void
  refused(error: NowcastError): void
}

/** Events that wait for what is being loaded; with more of them it is loaded once more. */
const MAX_EARLY = 1_000

/** Follows a channel. */
export class Follower<T> {
  readonly #channel: string
  readonly #parts: ClientParts
  readonly #followed: Followed<T>
  /** Counts loads, so that the outcome of what was asked before one is known as such. */
  #era = 0
  /** True once a load is under way or done that the events continue. */
  #loaded = false
  /** Requests that events wait for. */
  #underWay = 0
  #early: Publication[] = []
  #overflowed = false
  #running = false

  constructor(channel: string, parts: ClientParts, followed: Followed<T>) {
    this.#channel = channel
    this.#parts = parts
    this.#followed = followed
  }

  /** Begins. @returns ends it */
  start(): () => void {
    const { subscriptions } = this.#parts
    this.#running = true
    const stopEvents = subscriptions.listen(this.#channel, {
      event: (publication) => this.#receive(publication),
      gap: (gap) => this.#gap(gap),
    })
    const stopState = subscriptions.watch(this.#channel, () => this.#check())
    this.#check()
    return () => {
      this.#running = false
      this.#forget()
      stopEvents()
      stopState()
    }
  }

  /** Loads anew. @returns resolves when it is there, or is not to be had now */
  async reload(): Promise<void> {
    this.#forget()
    await this.#check()
  }

  /** Asks for more of the same state; events wait for the answer. @returns false when it has come to nothing */
  async ask<R>(request: () => Promise<R>, take: (answer: R) => void): Promise<boolean> {
    const era = this.#era
    this.#underWay += 1
    try {
      const answer = await request()
      if (era !== this.#era) return false
      take(answer)
      return true
    } finally {
      if (era === this.#era) this.#settle()
    }
  }

  #check(): Promise<void> | undefined {
    const { state, error } = this.#parts.subscriptions.state(this.#channel)
    if (!this.#running) return undefined
    if (state === 'subscribed' && !this.#loaded) return this.#load()
    if (state === 'refused' && error !== undefined) this.#refuse(error)
    return undefined
  }

  async #load(): Promise<void> {
    this.#forget()
    this.#loaded = true
    const era = this.#era
    const isCurrent = () => era === this.#era
    try {
      await this.ask(
        () => untilAnswered(this.#parts.timers, isCurrent, () => this.#followed.load()),
        (state) => state !== undefined && this.#followed.loaded(state),
      )
    } catch (error) {
      if (!isCurrent() || !(error instanceof NowcastError)) return
      // Without a connection there is another chance when it comes back.
      if (error.code === 'not_connected') this.#loaded = false
      else this.#refuse(error)
    }
  }

  #refuse(error: NowcastError): void {
    this.#forget()
    this.#followed.refused(error)
  }

  /** What is still to come belongs to the state before. */
  #forget(): void {
    this.#era += 1
    this.#loaded = false
    this.#underWay = 0
    this.#early = []
    this.#overflowed = false
  }

  #receive(publication: Publication): void {
    if (!this.#loaded) return
    if (this.#underWay === 0) this.#followed.event(publication)
    else if (this.#early.length < MAX_EARLY) this.#early.push(publication)
    else this.#overflowed = true
  }

  #settle(): void {
    this.#underWay -= 1
    if (this.#underWay > 0) return
    const early = this.#early
    this.#early = []
    if (this.#overflowed) void this.#load()
    else for (const publication of early) this.#followed.event(publication)
  }

  #gap(gap: ChannelGap): void {
    if (!this.#loaded) return
    this.#followed.gap?.(gap)
    void this.#load()
  }
}
