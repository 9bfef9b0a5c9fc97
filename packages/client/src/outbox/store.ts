// The outbox's entries in a storage, each under its owner. The storage may fail or be absent: what is in memory is
// sent all the same.
import { NowcastError } from '@nowcast/protocol'
import type { OutboxStorage, StoredEntry } from './storage.ts'
import type { Waiting } from './waiting.ts'

/** Puts entries away and finds them again. */
export class OutboxStore {
  readonly #storage: OutboxStorage | undefined
  readonly #server: string
  readonly #report: (error: NowcastError) => void

  /** @param server tells one server and app from another */
  constructor(storage: OutboxStorage | undefined, server: string, report: (error: NowcastError) => void) {
    this.#storage = storage
    this.#server = server
    this.#report = report
  }

  /** Entries of a user, in order. */
  async load(user: string): Promise<readonly StoredEntry[]> {
    try {
      return (await this.#storage?.load(this.#owner(user))) ?? []
    } catch (cause) {
      this.#failed(cause)
      return []
    }
  }

  /** Puts an entry away; before the user is known, whose it is can't be said. */
  put(user: string | undefined, { id, entry, order }: Waiting): void {
    if (user === undefined) return
    const owner = this.#owner(user)
    this.#storage?.put({ id: `${owner}\n${id}`, owner, order, entry }).catch((cause) => this.#failed(cause))
  }

  /** Removes an entry. */
  delete(user: string | undefined, { id }: Waiting): void {
    if (user === undefined) return
    this.#storage?.delete(`${this.#owner(user)}\n${id}`).catch((cause) => this.#failed(cause))
  }

  #owner(user: string): string {
    return `${this.#server}\n${user}`
  }

  #failed(cause: unknown): void {
    this.#report(new NowcastError('unavailable', 'What waits to be sent can not be stored.', { cause }))
  }
}
