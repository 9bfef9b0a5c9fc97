// A user who publishes on ordinary channels, and notes what was acknowledged.
import type { NowcastClient } from '@nowcast/client'
import type { PublishResult } from '@nowcast/protocol'
import { shown } from './channelLog.ts'
import type { Journal } from './journal.ts'

/** An event that the server said it took. */
export interface Acknowledged {
  readonly publisher: string
  readonly channel: string
  readonly id: string
  readonly result: PublishResult
}

/** Publishes for one client. */
export class Publisher {
  readonly user: string
  readonly acknowledged: Acknowledged[] = []
  /** Refusals: none is ever right here, as what can't be taken now is repeated by the client itself. */
  readonly broken: string[] = []
  /** Events that were not answered yet. */
  waiting = 0
  readonly #client: NowcastClient
  readonly #journal: Journal
  #published = 0

  constructor(user: string, client: NowcastClient, journal: Journal) {
    this.user = user
    this.#client = client
    this.#journal = journal
  }

  /** Publishes an event whose data is its id. */
  async publish(channel: string): Promise<Acknowledged | undefined> {
    this.#published += 1
    const id = `${this.user}-${this.#published}`
    this.waiting += 1
    try {
      const result = await this.#client.channel(channel).publish('said', id, { id })
      const acknowledged = { publisher: this.user, channel, id, result }
      this.acknowledged.push(acknowledged)
      const again = result.duplicate ? ', again' : ''
      this.#journal.note(this.user, `${channel} acknowledged ${shown(result.position)} ${id}${again}`)
      return acknowledged
    } catch (error) {
      this.broken.push(`${id} of ${this.user} on ${channel} was refused: ${String(error)}`)
      return undefined
    } finally {
      this.waiting -= 1
    }
  }
}
