// One's own changes of messages: on screen at once, and taken back when the server refuses.
import type { Commands } from '@nowcast/protocol'
import type { ChatParts } from './parts.ts'
import { type Change, type ChatMessage, change, messageAt, unchange } from './timeline.ts'
import type { View } from './view.ts'

type ChangeCommand = 'conversation.edit' | 'conversation.delete' | 'conversation.react' | 'conversation.pin'

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
    const command = { conversation: this.#conversation, offset, body }
    const editedAt = this.#parts.timers.now()
    return this.#change('conversation.edit', command, (message) => ({ ...message, body, editedAt }))
  }

  /** @throws NowcastError when the server refused; then it is as before */
  delete(offset: number): Promise<void> {
    const command = { conversation: this.#conversation, offset }
    const deletedAt = this.#parts.timers.now()
    return this.#change('conversation.delete', command, (message) => ({ ...message, body: '', deletedAt }))
  }

  /** @throws NowcastError when the server refused; then it is as before */
  react(offset: number, emoji: string, on: boolean): Promise<void> {
    const command = { conversation: this.#conversation, offset, emoji, on }
    return this.#change('conversation.react', command, (message) => reacted(message, emoji, this.#user, on))
  }

  /** @throws NowcastError when the server refused; then it is as before */
  pin(offset: number, pinned: boolean): Promise<void> {
    const command = { conversation: this.#conversation, offset, pinned }
    const by = pinned && { pinnedAt: this.#parts.timers.now(), pinnedBy: this.#user }
    return this.#change('conversation.pin', command, ({ pinnedAt: _at, pinnedBy: _by, ...message }) => ({
      ...message,
      ...by,
    }))
  }

  get #user(): string {
    return this.#parts.outbox.owner ?? ''
  }

  async #change<T extends ChangeCommand>(
    type: T,
    command: Commands[T],
    apply: Change['apply'],
  ): Promise<void> {
    const { offset } = command
    const shown = { offset, apply }
    // An answer is older than events that overtake it.
    const asked = [...this.#views].map((view) => ({ view, asOf: messageAt(view.timeline, offset)?.asOf }))
    for (const { view } of asked) view.show(change(view.timeline, shown))
    try {
      const { message } = await this.#parts.connection.call(type, command)
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
