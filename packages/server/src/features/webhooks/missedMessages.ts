// Finds out who has missed a message, after it was sent: nothing here delays or fails a send.
import { type Message, NowcastError } from '@nowcast/protocol'
import type { Clock, Timer } from '../../foundation/clock.ts'
import type { Logger } from '../../foundation/log.ts'
import type { Announcement } from '../chat/announcements.ts'
import type { BatchQueue } from './batchQueue.ts'
import type { MemberIds } from './memberIds.ts'
import type { MissedMessage } from './missedQueue.ts'
import type { OfflineUsers } from './offlineUsers.ts'

/** Messages of this node that wait to be looked at; over it the oldest go. */
const MAX_BACKLOG = 10_000
/** Messages that are looked at together. */
const ROUND = 250
/** What is needed is out of reach: it is tried again after so long. */
const RETRY_MS = 1_000

/** What finding out works with. */
export interface MissedMessagesParts {
  readonly members: MemberIds
  readonly people: OfflineUsers
  readonly queue: Pick<BatchQueue<MissedMessage>, 'push'>
  readonly clock: Clock
  readonly log: Logger
  /** Called when a conversation's queue has grown. */
  readonly onQueued: (conversation: string) => void
}

/** Queues the messages that somebody has missed. */
export class MissedMessages {
  readonly #parts: MissedMessagesParts
  #backlog: Message[] = []
  /** Messages that are being looked at. */
  #looking = 0
  #dropped = 0
  #working: Promise<void> | undefined
  #retrying: Timer | undefined
  #stopped = false

  constructor(parts: MissedMessagesParts) {
    this.#parts = parts
  }

  /** Messages that wait to be looked at, and those that were given up because too many waited. */
  get counts(): { readonly waiting: number; readonly dropped: number } {
    return { waiting: this.#backlog.length + this.#looking, dropped: this.#dropped }
  }

  /** Takes note of a committed change of a conversation. */
  announced({ conversation, name, data }: Announcement): void {
    if (name === 'member:joined' || name === 'member:left') this.#parts.members.forget(conversation)
    if (this.#stopped || (name !== 'message:created' && name !== 'message:completed')) return
    // What is still being written is told when it is complete.
    if (!('body' in data) || data.streaming === true) return
    this.#backlog.push(data)
    this.#dropOldest()
    if (this.#retrying === undefined) this.#work()
  }

  /** Looks at what still waits, once, and at nothing more. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#retrying?.cancel()
    this.#retrying = undefined
    await this.#working
  }

  #work(): void {
    if (this.#working !== undefined) return
    this.#working = new Promise<void>((resolve) => this.#parts.clock.endOfTurn(resolve))
      .then(() => this.#drain())
      .finally(() => {
        this.#working = undefined
        if (this.#backlog.length > 0 && this.#retrying === undefined && !this.#stopped) this.#work()
      })
  }

  async #drain(): Promise<void> {
    while (this.#backlog.length > 0 && this.#retrying === undefined) {
      const round = this.#backlog.splice(0, ROUND)
      this.#looking = round.length
      const left = await Promise.all(byConversation(round).map((messages) => this.#look(messages)))
      this.#looking = 0
      const postponed = left.flat()
      if (postponed.length === 0) continue
      this.#backlog.unshift(...postponed)
      this.#dropOldest()
      if (this.#stopped) return
      this.#retrying = this.#parts.clock.after(RETRY_MS, () => {
        this.#retrying = undefined
        this.#work()
      })
    }
  }

  /** Looks at messages of one conversation, in order. Answers those that it has to be tried with again. */
  async #look(messages: readonly Message[]): Promise<readonly Message[]> {
    for (const [index, message] of messages.entries()) {
      try {
        await this.#lookAt(message)
      } catch (error) {
        if (error instanceof NowcastError && error.code === 'unavailable') return messages.slice(index)
        this.#dropped += 1
        this.#parts.log.error({ error }, 'who has missed a message could not be found out')
      }
    }
    return []
  }

  async #lookAt(message: Message): Promise<void> {
    const { members, people, queue, onQueued } = this.#parts
    const { conversation, sender } = message
    const others = (await members.of(conversation)).filter((id) => id !== sender)
    if (others.length === 0) return
    const users = await people.offline(others)
    if (users.length === 0) return
    this.#dropped += await queue.push(conversation, { message, users })
    onQueued(conversation)
  }

  #dropOldest(): void {
    const over = this.#backlog.length - MAX_BACKLOG
    if (over <= 0) return
    this.#backlog.splice(0, over)
    this.#dropped += over
  }
}

/** The messages of each conversation, in order. */
function byConversation(messages: readonly Message[]): readonly (readonly Message[])[] {
  const groups = new Map<string, Message[]>()
  for (const message of messages) {
    const group = groups.get(message.conversation)
    if (group === undefined) groups.set(message.conversation, [message])
    else group.push(message)
  }
  return [...groups.values()]
}
