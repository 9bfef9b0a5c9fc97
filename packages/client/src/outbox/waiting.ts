// One entry of the outbox while it waits, and the promise of its outcome.
import type { NowcastError, PublishResult, Results } from '@nowcast/protocol'
import type { OutboxEntry } from './storage.ts'

type Outcome = PublishResult | Results['conversation.send']

/** An entry that waits to be acknowledged. */
export class Waiting {
  readonly id: string
  readonly entry: OutboxEntry
  /** Its place in line. */
  readonly order: number
  readonly result: Promise<Outcome>
  underWay = false
  attempts = 0
  cancelTimeout = () => {}
  resolve: (outcome: Outcome) => void = () => {}
  reject: (error: NowcastError) => void = () => {}

  constructor(entry: OutboxEntry, order: number) {
    this.id = `${laneOf(entry)}\n${entry.kind === 'send' ? entry.command.messageId : entry.command.eventId}`
    this.entry = entry
    this.order = order
    this.result = new Promise<Outcome>((resolve, reject) => {
      this.resolve = resolve
      this.reject = reject
    })
    // Nobody may be waiting for an entry of an earlier page.
    this.result.catch(() => {})
  }
}

/** Entries of one lane keep their order. */
export const laneOf = (entry: OutboxEntry): string =>
  entry.kind === 'send' ? `conversation ${entry.command.conversation}` : `channel ${entry.command.channel}`
