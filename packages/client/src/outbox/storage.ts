// Where unacknowledged events and messages wait across a reload.
import type { Commands } from '@nowcast/protocol'

/** Something that waits to be acknowledged. */
export type OutboxEntry =
  | { readonly kind: 'publish'; readonly command: Commands['publish'] }
  | { readonly kind: 'send'; readonly command: Commands['conversation.send']; readonly createdAt: number }

/** An entry as it is kept: whose it is, and its place in line. */
export interface StoredEntry {
  readonly id: string
  /** Server and user; entries of one are never sent as another. */
  readonly owner: string
  readonly order: number
  readonly entry: OutboxEntry
}

/** Keeps entries. Failures are the storage's own business: the entries are in memory too. */
export interface OutboxStorage {
  /** All entries of `owner`, in order. */
  load(owner: string): Promise<readonly StoredEntry[]>
  put(entry: StoredEntry): Promise<void>
  delete(id: string): Promise<void>
}

const DATABASE = 'nowcast-outbox'
const STORE = 'entries'

/** Keeps entries in the browser's IndexedDB. */
export class IndexedDbStorage implements OutboxStorage {
  #database: Promise<IDBDatabase> | undefined

  async load(owner: string): Promise<readonly StoredEntry[]> {
    const store = await this.#store('readonly')
    const entries: StoredEntry[] = await done(store.index('owner').getAll(owner))
    return entries.sort((one, other) => one.order - other.order)
  }

  async put(entry: StoredEntry): Promise<void> {
    await committed((await this.#store('readwrite')).put(entry))
  }

  async delete(id: string): Promise<void> {
    await committed((await this.#store('readwrite')).delete(id))
  }

  async #store(mode: IDBTransactionMode): Promise<IDBObjectStore> {
    this.#database ??= open()
    return (await this.#database).transaction(STORE, mode).objectStore(STORE)
  }
}

/** IndexedDB where there is one. */
export function defaultStorage(): OutboxStorage | undefined {
  return typeof indexedDB === 'undefined' ? undefined : new IndexedDbStorage()
}

function open(): Promise<IDBDatabase> {
  const request = indexedDB.open(DATABASE, 1)
  request.onupgradeneeded = () => {
    request.result.createObjectStore(STORE, { keyPath: 'id' }).createIndex('owner', 'owner')
  }
  return done(request)
}

/** Without waiting for the request to succeed: the page may be closed before it does. */
function committed<T>(request: IDBRequest<T>): Promise<T> {
  request.transaction?.commit()
  return done(request)
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}
