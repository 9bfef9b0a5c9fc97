// One's own changes of messages: on screen at once, and taken back when the server refuses.
import type { Message } from '@nowcast/protocol'
import type { ChatParts } from './parts.ts'
import { type Change, type ChatMessage, change, messageAt, unchange } from './timeline.ts'
import type { View } from './view.ts'

/** Changes the messages of a conversation, wherever they are shown. */
export class Changes {
  readonly #conversation: string
  readonly #parts: ChatParts
  readonly #views: ReadonlySet<View>

  constructor(conversation: string, parts: ChatParts, views: ReadonlySet<View>) {
    this.#conversation = conversation
    this.#parts = parts
    this.#views = views
  }

  /** @throws NowcastError when the server refused; then it is as before */
  edit(offset: number, body: string): Promise<void> {
    const { connection, timers } = this.#parts
    const command = { conversation: this.#conversation, offset, body }
    const editedAt = timers.now()
    return this.#change({ offset, apply: (message) => ({ ...message, body, editedAt }) }, () =>
      connection.call('conversation.edit', command),
    )
  }

  /** @throws NowcastError when the server refused; then it is as before */
  delete(offset: number): Promise<void> {
    const { connection, timers } = this.#parts
    const command = { conversation: this.#conversation, offset }
    const deletedAt = timers.now()
    return this.#change({ offset, apply: (message) => ({ ...message, body: '', deletedAt }) }, () =>
      connection.call('conversation.delete', command),
    )
  }

  /** @throws NowcastError when the server refused; then it is as before */
  react(offset: number, emoji: string, on: boolean): Promise<void> {
    const { connection, outbox } = this.#parts
    const command = { conversation: this.#conversation, offset, emoji, on }
    const user = outbox.owner ?? ''
    return this.#change({ offset, apply: (message) => reacted(message, emoji, user, on) }, () =>
      connection.call('conversation.react', command),
    )
  }

  /** @throws NowcastError when the server refused; then it is as before */
  pin(offset: number, pinned: boolean): Promise<void> {
    const { connection, outbox, timers } = this.#parts
    const command = { conversation: this.#conversation, offset, pinned }
    const by = pinned && { pinnedAt: timers.now(), pinnedBy: outbox.owner ?? '' }
    const apply = ({ pinnedAt: _at, pinnedBy: _by, ...message }: ChatMessage) => ({ ...message, ...by })
    return this.#change({ offset, apply }, () => connection.call('conversation.pin', command))
  }

  async #change(shown: Change, ask: () => Promise<{ readonly message: Message }>): Promise<void> {
    // An answer is older than events that overtake it.
    const asked = [...this.#views].map((view) => ({
      view,
      asOf: messageAt(view.timeline, shown.offset)?.asOf,
    }))
    for (const { view } of asked) view.show(change(view.timeline, shown))
    try {
      const { message } = await ask()
      for (const { view, asOf } of asked) view.settle(shown, message, asOf)
    } catch (error) {
      for (const { view } of asked) view.show(unchange(view.timeline, shown))
      throw error
    }
  }
}

/** A message with a reaction more, or less. */
function reacted(message: ChatMessage, emoji: string, user: string, on: boolean): ChatMessage {
  const { reactions = [] } = message
  const known = reactions.find((reaction) => reaction.emoji === emoji)
  if ((known?.users.includes(user) ?? false) === on) return message
  if (known === undefined) return { ...message, reactions: [...reactions, { emoji, users: [user] }] }
  const users = on ? [...known.users, user] : known.users.filter((other) => other !== user)
  const changed = reactions.map((reaction) => (reaction === known ? { emoji, users } : reaction))
  return { ...message, reactions: changed.filter((reaction) => reaction.users.length > 0) }
}
