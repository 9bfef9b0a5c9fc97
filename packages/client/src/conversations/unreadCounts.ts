// How much is unread in each of the user's conversations, kept beside the list of them.
import type { Conversation, Message } from '@nowcast/protocol'
import { type Count, count, counted, NONE, readUpTo, received, type Unread, withdrawn } from './unread.ts'

/** Counts by conversation. */
export class UnreadCounts {
  readonly #states = new Map<string, Unread>()

  /** Takes in what the server has counted. */
  loaded({ id, position, read = 0, unread = 0, unreadMentions = 0 }: Conversation): void {
    this.#states.set(id, counted(position.offset, read, { unread, unreadMentions }))
  }

  /** Takes in an event about a message. */
  receive(name: string, message: Message, user: string | undefined): void {
    const { conversation, offset, sender, thread, mentions } = message
    // Replies are not counted, nor is what the user has sent.
    if (thread !== undefined || sender === user) return
    const change = name === 'message:created' ? received : name === 'message:deleted' ? withdrawn : undefined
    if (change === undefined) return
    const isMentioned = user !== undefined && (mentions?.includes(user) ?? false)
    this.#change(conversation, (state) => change(state, offset, isMentioned))
  }

  /** Takes in that the user has read up to `offset`. @param told what the server has counted then, where it has */
  read(conversation: string, offset: number, told?: Count): void {
    this.#change(conversation, (state) => readUpTo(state, offset, told))
  }

  /** A conversation with what is unread now; the same object when it has that already. */
  with(conversation: Conversation): Conversation {
    const state = this.#states.get(conversation.id)
    if (state === undefined) return conversation
    const { unread, unreadMentions } = count(state)
    const { read } = state
    const isSame =
      conversation.unread === unread &&
      conversation.unreadMentions === unreadMentions &&
      conversation.read === read
    return isSame ? conversation : { ...conversation, read, unread, unreadMentions }
  }

  /** Forgets all conversations but these. */
  keep(ids: ReadonlySet<string>): void {
    for (const id of this.#states.keys()) if (!ids.has(id)) this.#states.delete(id)
  }

  #change(conversation: string, change: (state: Unread) => Unread): void {
    const state = this.#states.get(conversation)
    if (state !== undefined) this.#states.set(conversation, change(state))
  }
}

/** What is unread in several conversations together. */
export function total(conversations: readonly Conversation[]): Count {
  return conversations.reduce(
    (sum, { unread = 0, unreadMentions = 0 }) => ({
      unread: sum.unread + unread,
      unreadMentions: sum.unreadMentions + unreadMentions,
    }),
    NONE,
  )
}
