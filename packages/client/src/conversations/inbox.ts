// What was sent to the user while no device was there to take it: asked for after each connection, told once.
import { type Message, NowcastError } from '@nowcast/protocol'
import { untilAnswered } from '../backoff.ts'
import { tell } from '../observable.ts'
import type { ChatParts } from './parts.ts'

/**
 * Hears of messages that were missed, oldest first.
 * @param more true when there were older ones too, which are only in their conversations
 */
export type InboxListener = (messages: readonly Message[], more: boolean) => void

/** Messages that are remembered as told. */
const MAX_REMEMBERED = 1_000

/** The user's inbox. It is asked for while somebody listens. */
export class Inbox {
  readonly #parts: ChatParts
  readonly #listeners = new Set<InboxListener>()
  /** Conversation and offset of what was told. */
  #told = new Set<string>()
  #stop: (() => void) | undefined
  /** Counts requests, so that the answer to an outdated one is known as such. */
  #asked = 0

  constructor(parts: ChatParts) {
    this.#parts = parts
  }

  /** Listens to what was missed: each message once per page load, and what is told is delivered. @returns stops that */
  on(listener: InboxListener): () => void {
    this.#listeners.add(listener)
    this.#stop ??= this.#start()
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size > 0) return
      this.#asked += 1
      this.#stop?.()
      this.#stop = undefined
    }
  }

  /** Forgets what was told; for when another user has signed in. */
  forget(): void {
    this.#asked += 1
    this.#told.clear()
  }

  #start(): () => void {
    const { connection } = this.#parts
    if (connection.state === 'connected') void this.#ask()
    else connection.connectWhenIdle()
    return connection.listen({ established: (user) => user && queueMicrotask(() => void this.#ask()) })
  }

  async #ask(): Promise<void> {
    this.#asked += 1
    const asked = this.#asked
    const { connection, timers } = this.#parts
    try {
      const page = await untilAnswered(
        timers,
        () => asked === this.#asked,
        () => connection.request('conversation.inbox', {}),
      )
      if (page !== undefined) this.#tell(page.messages, page.more)
    } catch (error) {
      // It is asked for again at the next connection.
      if (!(error instanceof NowcastError)) throw error
    }
  }

  #tell(messages: readonly Message[], more: boolean): void {
    const idOf = ({ conversation, offset }: Message) => `${conversation} ${offset}`
    const added = messages.filter((message) => !this.#told.has(idOf(message)))
    this.#told = new Set([...this.#told, ...added.map(idOf)].slice(-MAX_REMEMBERED))
    if (added.length > 0) tell(this.#listeners, (listener) => listener(added, more))
    const { acknowledger } = this.#parts
    for (const { conversation, offset } of messages) acknowledger.delivered(conversation, offset)
  }
}
