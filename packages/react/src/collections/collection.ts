// A list that the application's backend keeps, held current by the events of a channel: a snapshot is loaded once the
// subscription is live and again after each gap, and what happens meanwhile is applied to it, so that nothing is lost between.
import { type Channel, NowcastError, type Observable } from '@nowcast/client'
import { type Change, changed, Items } from './items.ts'

/** A list, and where it stands. */
export interface CollectionSnapshot<Item> {
  /** `refused`: the channel is; see `error`. */
  readonly status: 'idle' | 'loading' | 'ready' | 'refused'
  /** Why the channel is refused, or the last loading has failed; then it is tried again. */
  readonly error?: Error
  readonly items: readonly Item[]
  /** Keys of the items that are shown changed before their request is answered. */
  readonly pending: readonly string[]
}

/** What a list is made of; asked anew each time. */
export interface CollectionSource<Item> {
  /** The items as they are now. Without it, only events make the list. */
  readonly load?: (() => Promise<readonly Item[]>) | undefined
  /** What an event means for the list. */
  change(event: string, data: unknown): Change<Item> | undefined
  key(item: Item): string
  version(item: Partial<Item>): number | undefined
  readonly sort?: ((one: Item, other: Item) => number) | undefined
}

/** A change that arrived. */
interface Taken<Item> {
  readonly change: Change<Item>
  readonly isAnswer: boolean
}

interface Pending<Item> {
  readonly change: Change<Item>
  readonly key: string
  /** The item as it was when the change was made. */
  readonly before: Item | undefined
  /** What is shown in place of an item: the same as long as that is the same. */
  shown?: { readonly known: Item | undefined; readonly item: Item | undefined }
}

/** Changes that arrive while a snapshot is on its way; with more, another one is loaded. */
const MAX_MEANWHILE = 1_000
/** Changes that are shown before they are confirmed. */
const MAX_PENDING = 100
const RETRY_MS = { min: 1_000, max: 30_000 }

/** A list, kept current from its first subscriber to its last. */
export class Collection<Item extends object> implements Observable<CollectionSnapshot<Item>> {
  readonly #channel: Channel | undefined
  readonly #source: () => CollectionSource<Item>
  readonly #listeners = new Set<() => void>()
  readonly #items: Items<Item>
  readonly #pending = new Set<Pending<Item>>()
  #snapshot: CollectionSnapshot<Item>
  /** Changes since the snapshot that is on its way was asked for; undefined when none is. */
  #meanwhile: Taken<Item>[] | undefined
  /** True once there is something that events can change. */
  #hasItems: boolean
  #error: Error | undefined
  #loads = 0
  #loaded = false
  #failures = 0
  #retry: ReturnType<typeof setTimeout> | undefined
  #stop = () => {}

  /** @param initial what there is before anything was loaded */
  constructor(channel: Channel | undefined, source: () => CollectionSource<Item>, initial?: readonly Item[]) {
    this.#channel = channel
    this.#source = source
    this.#items = new Items<Item>(
      { key: (item) => source().key(item), version: (item) => source().version(item) },
      initial,
    )
    this.#hasItems = initial !== undefined
    this.#snapshot = { status: 'idle', items: initial ?? [], pending: [] }
  }

  // Bound, so that they can be handed to useSyncExternalStore as they are.
  readonly getSnapshot = (): CollectionSnapshot<Item> => this.#snapshot

  readonly subscribe = (listener: () => void): (() => void) => {
    const own = () => listener()
    this.#listeners.add(own)
    if (this.#listeners.size === 1) this.#start()
    return () => {
      this.#listeners.delete(own)
      if (this.#listeners.size === 0) this.#end()
    }
  }

  /** Loads the items anew. */
  reload(): void {
    if (this.#loaded) void this.#load()
  }

  /** Takes a state of an item that the application has by other ways, unless a newer one is known. */
  offer(item: Item): void {
    this.#hasItems = true
    this.#items.apply({ put: item }, true)
    this.#show()
  }

  /**
   * Shows a change at once, and takes it back when the request is refused.
   * @param request tells the backend; may resolve to what the change has become
   * @throws what the request was refused with, or NowcastError `limit_exceeded` when too many wait already
   */
  async change(
    change: Change<Item>,
    request: () => Promise<Change<Item> | undefined> | Promise<void>,
  ): Promise<void> {
    if (this.#pending.size >= MAX_PENDING) {
      throw new NowcastError('limit_exceeded', 'Too many changes wait already.', { field: 'changes' })
    }
    const key = this.#items.keyOf(change)
    const pending: Pending<Item> = { change, key, before: this.#items.get(key) }
    this.#pending.add(pending)
    this.#show()
    try {
      const answer = await request()
      this.#accept(pending, answer ?? change)
    } finally {
      this.#pending.delete(pending)
      this.#show()
    }
  }

  #accept({ before }: Pending<Item>, change: Change<Item>): void {
    const known = this.#items.get(this.#items.keyOf(change))
    // Where events have spoken since, they say it; only versions could tell that this is newer still.
    const hasBeenOvertaken = known !== before && !this.#items.isVersioned(change)
    if (!hasBeenOvertaken) this.#take(change, true)
  }

  #start(): void {
    const channel = this.#channel
    if (channel === undefined) return
    this.#loaded = false
    this.#failures = 0
    this.#error = undefined
    this.#show('loading')
    const stops = [
      channel.onAny(({ name, data }) => this.#receive(name, data)),
      channel.onGap(() => this.reload()),
      channel.onState(() => this.#check()),
    ]
    this.#stop = () => {
      for (const stop of stops) stop()
    }
    this.#check()
  }

  #end(): void {
    this.#loads += 1
    this.#meanwhile = undefined
    clearTimeout(this.#retry)
    this.#stop()
  }

  // What happens before the subscription is live would be missing in a snapshot that is older.
  #check(): void {
    const { state, error } = this.#channel?.getSnapshot() ?? { state: 'idle' }
    if (state === 'subscribed' && !this.#loaded) void this.#load()
    else if (state === 'refused' && error !== undefined) this.#refuse(error)
  }

  async #load(): Promise<void> {
    clearTimeout(this.#retry)
    this.#loads += 1
    this.#loaded = true
    const load = this.#loads
    const { load: ask } = this.#source()
    if (ask === undefined) {
      this.#hasItems = true
      this.#error = undefined
      this.#show('ready')
      return
    }
    const meanwhile: Taken<Item>[] = []
    this.#meanwhile = meanwhile
    try {
      const items = await ask()
      if (load !== this.#loads) return
      this.#meanwhile = undefined
      this.#failures = 0
      this.#error = undefined
      this.#items.replace(items)
      this.#hasItems = true
      for (const { change, isAnswer } of meanwhile) this.#items.apply(change, isAnswer)
      this.#show('ready')
      if (meanwhile.length >= MAX_MEANWHILE) void this.#load()
    } catch (error) {
      if (load === this.#loads) this.#failed(error instanceof Error ? error : new Error(String(error)))
    }
  }

  #failed(error: Error): void {
    const delayMs = Math.min(RETRY_MS.max, RETRY_MS.min * 2 ** this.#failures) * (0.5 + Math.random() / 2)
    this.#failures = Math.min(this.#failures + 1, 10)
    this.#retry = setTimeout(() => void this.#load(), delayMs)
    this.#error = error
    this.#show()
  }

  #refuse(error: Error): void {
    this.#loads += 1
    this.#loaded = false
    this.#meanwhile = undefined
    clearTimeout(this.#retry)
    this.#error = error
    this.#show('refused')
  }

  #receive(name: string, data: unknown): void {
    const change = this.#source().change(name, data)
    if (change !== undefined) this.#take(change, false)
  }

  #take(change: Change<Item>, isAnswer: boolean): void {
    if ((this.#meanwhile?.length ?? MAX_MEANWHILE) < MAX_MEANWHILE)
      this.#meanwhile?.push({ change, isAnswer })
    if (!this.#hasItems) return
    this.#items.apply(change, isAnswer)
    this.#show()
  }

  #show(status = this.#snapshot.status): void {
    const error = this.#error
    const shown = this.#items.copy()
    for (const pending of this.#pending) cover(shown, pending)
    const { sort } = this.#source()
    const sorted = sort === undefined ? [...shown.values()] : [...shown.values()].sort(sort)
    const before = this.#snapshot
    const items = sameOr(before.items, sorted)
    const pending = sameOr(before.pending, [...new Set([...this.#pending].map(({ key }) => key))])
    const isSame = items === before.items && pending === before.pending
    if (isSame && status === before.status && error === before.error) return
    this.#snapshot = { status, items, pending, ...(error && { error }) }
    for (const listener of [...this.#listeners]) if (this.#listeners.has(listener)) listener()
  }
}

/** Shows an item as a change that is not confirmed yet makes it. */
function cover<Item extends object>(shown: Map<string, Item>, pending: Pending<Item>): void {
  const { key, change } = pending
  const known = shown.get(key)
  if (pending.shown === undefined || pending.shown.known !== known) {
    pending.shown = { known, item: changed(known, change) }
  }
  const { item } = pending.shown
  if (item === undefined) shown.delete(key)
  else shown.set(key, item)
}

/** The one before, where nothing has changed. */
function sameOr<T>(before: readonly T[], after: readonly T[]): readonly T[] {
  const isSame = before.length === after.length && after.every((value, index) => value === before[index])
  return isSame ? before : after
}
