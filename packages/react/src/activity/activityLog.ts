// The newest events of a channel: those of its history, continued by those that arrive.
import { type Channel, type ChannelEvent, NowcastError, type Observable } from '@nowcast/client'

/** The newest events of a channel. */
export interface ActivitySnapshot {
  /** `refused`: see `error`. */
  readonly status: 'idle' | 'loading' | 'ready' | 'refused'
  readonly error?: NowcastError
  /** Oldest first. */
  readonly events: readonly ChannelEvent[]
}

/** What there is before anything is known. */
export const NO_ACTIVITY: ActivitySnapshot = { status: 'idle', events: [] }

const PAGE = 100
/** Pages of history that are read at most, where few of the events are wanted ones. */
const MAX_PAGES = 10

/** The activity of a channel, kept current from its first subscriber to its last. */
export class ActivityLog implements Observable<ActivitySnapshot> {
  readonly #channel: Channel
  readonly #limit: number
  readonly #names: ReadonlySet<string> | undefined
  readonly #listeners = new Set<() => void>()
  #snapshot = NO_ACTIVITY
  /** By offset. */
  #events = new Map<number, ChannelEvent>()
  #loads = 0
  #loaded = false
  #stop = () => {}

  /** @param names of the events that are wanted; undefined: all */
  constructor(channel: Channel, limit: number, names: readonly string[] | undefined) {
    this.#channel = channel
    this.#limit = limit
    this.#names = names && new Set(names)
  }

  // Bound, so that they can be handed to useSyncExternalStore as they are.
  readonly getSnapshot = (): ActivitySnapshot => this.#snapshot

  readonly subscribe = (listener: () => void): (() => void) => {
    const own = () => listener()
    this.#listeners.add(own)
    if (this.#listeners.size === 1) this.#start()
    return () => {
      this.#listeners.delete(own)
      if (this.#listeners.size > 0) return
      this.#loads += 1
      this.#stop()
    }
  }

  #start(): void {
    const channel = this.#channel
    this.#loaded = false
    this.#events = new Map()
    this.#set({ status: 'loading', events: [] })
    const stops = [
      channel.onAny((event) => this.#receive(event)),
      channel.onGap(({ reason }) => {
        // Offsets of another epoch can't stand beside those of this one.
        if (reason === 'epoch-changed') this.#events = new Map()
        void this.#load()
      }),
      channel.onState(() => this.#check()),
    ]
    this.#stop = () => {
      for (const stop of stops) stop()
    }
    this.#check()
  }

  // History is read only once the subscription is live: what is published after it arrives as an event.
  #check(): void {
    const { state, error } = this.#channel.getSnapshot()
    if (state === 'subscribed' && !this.#loaded) void this.#load()
    else if (state === 'refused' && error !== undefined) this.#refuse(error)
  }

  async #load(): Promise<void> {
    this.#loads += 1
    this.#loaded = true
    const load = this.#loads
    try {
      let before: number | undefined
      for (let page = 0; page < MAX_PAGES; page += 1) {
        const { publications, more } = await this.#channel.history({
          limit: this.#names === undefined ? Math.min(PAGE, this.#limit) : PAGE,
          ...(before !== undefined && { before }),
        })
        if (load !== this.#loads) return
        for (const event of publications) this.#add(event)
        before = publications[0]?.offset
        if (!more || before === undefined || this.#events.size >= this.#limit) break
      }
      this.#show('ready')
    } catch (error) {
      if (load !== this.#loads) return
      // Without a connection there is another chance when it comes back.
      if (error instanceof NowcastError && error.code === 'not_connected') this.#loaded = false
      else this.#refuse(error instanceof NowcastError ? error : new NowcastError('internal', String(error)))
    }
  }

  #receive(event: ChannelEvent): void {
    this.#add(event)
    this.#show(this.#snapshot.status)
  }

  #add(event: ChannelEvent): void {
    if (this.#names === undefined || this.#names.has(event.name)) this.#events.set(event.offset, event)
  }

  #show(status: ActivitySnapshot['status']): void {
    const offsets = [...this.#events.keys()].sort((one, other) => one - other)
    for (const offset of offsets.slice(0, -this.#limit)) this.#events.delete(offset)
    const events = offsets.flatMap((offset) => this.#events.get(offset) ?? [])
    const before = this.#snapshot
    const isSame =
      events.length === before.events.length && events.every((event, index) => event === before.events[index])
    if (!isSame || status !== before.status) this.#set({ status, events: isSame ? before.events : events })
  }

  #refuse(error: NowcastError): void {
    this.#loads += 1
    this.#loaded = false
    this.#set({ ...this.#snapshot, status: 'refused', error })
  }

  #set(snapshot: ActivitySnapshot): void {
    this.#snapshot = snapshot
    for (const listener of [...this.#listeners]) if (this.#listeners.has(listener)) listener()
  }
}
