// The channels of listed conversations: each is followed from the place that its description stands for.
import { type Conversation, conversationChannel, type Publication } from '@nowcast/protocol'
import type { ClientParts } from '../channels/channel.ts'

/** Hears what happens in the conversations. */
export interface FollowingListener {
  event(conversation: string, publication: Publication): void
  /** Something was missed: descriptions have to be loaded anew. */
  missed(): void
}

/** The channels that are followed. */
export class Following {
  readonly #parts: ClientParts
  readonly #listener: FollowingListener
  readonly #stops = new Map<string, () => void>()

  constructor(parts: ClientParts, listener: FollowingListener) {
    this.#parts = parts
    this.#listener = listener
  }

  /** Follows these conversations and no others. */
  follow(conversations: readonly Conversation[]): void {
    const wanted = new Set(conversations.map(({ id }) => id))
    for (const [id, stop] of this.#stops) {
      if (wanted.has(id)) continue
      stop()
      this.#stops.delete(id)
    }
    for (const conversation of conversations) {
      if (!this.#stops.has(conversation.id)) this.#begin(conversation)
    }
  }

  #begin({ id, position }: Conversation): void {
    const { subscriptions } = this.#parts
    const channel = conversationChannel(id)
    const listener = {
      event: (publication: Publication) => this.#listener.event(id, publication),
      gap: () => this.#listener.missed(),
    }
    this.#stops.set(id, subscriptions.listen(channel, listener, position))
    // Somebody else listened before and was further on than the list.
    const at = subscriptions.position(channel)
    if (at?.epoch === position.epoch && at.offset > position.offset) this.#listener.missed()
  }
}
