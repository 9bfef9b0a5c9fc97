// A channel as an application sees it: typed events in and out.
import type { Json, Metadata, Publication, PublishResult, Results } from '@nowcast/protocol'
import type { Connection } from '../connection/connection.ts'
import { newId } from '../ids.ts'
import { guard, type Observable, tell } from '../observable.ts'
import type { Outbox } from '../outbox/outbox.ts'
import { type EventData, type EventSchemas, validate } from '../schema.ts'
import type { Timers } from '../timers.ts'
import type { ChannelGap, ChannelListener, ChannelSnapshot } from './entry.ts'
import type { Subscriptions } from './subscriptions.ts'

/** Events without schemas: any name, any JSON. */
export type AnyEvents = Readonly<Record<string, Json>>

/** An event as it arrived, with its place, sender and time. */
export type ChannelEvent<Data = Json> = Omit<Publication, 'data'> & { readonly data: Data }

/** Called for each event. */
export type EventListener<Data> = (data: Data, event: ChannelEvent<Data>) => void

/** What channels and conversations work with. */
export interface ClientParts {
  readonly connection: Connection
  readonly subscriptions: Subscriptions
  readonly outbox: Outbox
  readonly timers: Timers
}

/** How an event is published. */
export interface PublishOptions {
  /** The event's id; the same id twice is one event. Made when absent. */
  readonly id?: string
  readonly metadata?: Metadata
  /** False: this page does not get the event itself; its other pages and devices do. Default true. */
  readonly echo?: boolean
  /** Gives up with `timeout` when it is not acknowledged by then; it may have been published all the same. Default: never. */
  readonly timeoutMs?: number
}

/** A named stream of events. */
export class Channel<Events = AnyEvents> implements Observable<ChannelSnapshot> {
  readonly name: string
  readonly #parts: ClientParts
  readonly #schemas: EventSchemas
  readonly #stops = new Set<() => void>()
  readonly #onInvalid = new Set<(error: Error) => void>()

  constructor(name: string, parts: ClientParts, schemas: EventSchemas = {}) {
    this.name = name
    this.#parts = parts
    this.#schemas = schemas
  }

  // Bound, so that they can be handed to useSyncExternalStore as they are.
  /** Hears when the channel's state changes; does not subscribe the channel. @returns stops that */
  readonly subscribe = (listener: () => void): (() => void) =>
    this.#parts.subscriptions.watch(this.name, listener)

  /** Where the channel stands. */
  readonly getSnapshot = (): ChannelSnapshot => this.#parts.subscriptions.state(this.name)

  /** Hears where the channel stands, at each change. @returns stops that */
  onState(listener: (state: ChannelSnapshot) => void): () => void {
    return this.subscribe(() => listener(this.getSnapshot()))
  }

  /** Listens to one kind of event. The channel is subscribed from the first listener to the last. @returns stops that */
  on<Name extends keyof Events & string>(name: Name, listener: EventListener<Events[Name]>): () => void {
    const schema = this.#schemas[name]
    let stopped = false
    let validating: Promise<void> | undefined
    const deliver = (publication: Publication, data: unknown) => {
      if (stopped) return
      // Its schema has said so; without one, it is the application's word.
      const typed = data as Events[Name]
      guard(() => listener(typed, { ...publication, data: typed }))
    }
    const settle = (publication: Publication, result: Awaited<ReturnType<typeof validate>>) => {
      if ('value' in result) deliver(publication, result.value)
      else this.#invalid(name, result.issue)
    }
    const stop = this.#listen({
      event: (publication) => {
        if (publication.name !== name) return
        if (schema === undefined) {
          deliver(publication, publication.data)
          return
        }
        const result = validate(schema, publication.data)
        if (validating === undefined && !(result instanceof Promise)) settle(publication, result)
        // A schema that takes its time must not change the order.
        else validating = Promise.all([result, validating]).then(([settled]) => settle(publication, settled))
      },
    })
    return () => {
      stopped = true
      stop()
    }
  }

  /** Listens to every event, unvalidated. @returns stops that */
  onAny(listener: (event: ChannelEvent) => void): () => void {
    return this.#listen({ event: listener })
  }

  /** Hears when events were missed that can't be had any more: load the state anew. @returns stops that */
  onGap(listener: (gap: ChannelGap) => void): () => void {
    return this.#listen({ gap: listener })
  }

  /** Hears of events whose data did not fit the schema; they are not delivered. @returns stops that */
  onInvalid(listener: (error: Error) => void): () => void {
    this.#onInvalid.add(listener)
    return () => {
      this.#onInvalid.delete(listener)
    }
  }

  /**
   * Publishes an event. It waits for the connection and is repeated under the same id until it is answered: it arrives
   * exactly once.
   * @throws NowcastError what the server refused with, `timeout`, or `limit_exceeded` when too much waits already
   */
  publish<Name extends keyof Events & string>(
    name: Name,
    data: Events[Name],
    { id = newId(), metadata, echo, timeoutMs }: PublishOptions = {},
  ): Promise<PublishResult> {
    const command = {
      channel: this.name,
      event: name,
      eventId: id,
      data: data as Json,
      ...(metadata && { metadata }),
      ...(echo === false && { echo }),
    }
    return this.#parts.outbox.publish(command, timeoutMs)
  }

  /** The newest publications, ascending, below `before` where given. Default 20, at most 100. @throws NowcastError */
  history(page: { readonly before?: number; readonly limit?: number } = {}): Promise<Results['history']> {
    return this.#parts.connection.call('history', { channel: this.name, ...page })
  }

  /** Ends all listening to events and gaps that went through this object. */
  close(): void {
    for (const stop of [...this.#stops]) stop()
  }

  #listen(listener: ChannelListener): () => void {
    const leave = this.#parts.subscriptions.listen(this.name, listener)
    const stop = () => {
      this.#stops.delete(stop)
      leave()
    }
    this.#stops.add(stop)
    return stop
  }

  #invalid(name: string, issue: string): void {
    const error = new Error(`"${name}" on "${this.name}" does not fit its schema: ${issue}`)
    tell(this.#onInvalid, (listener) => listener(error))
  }
}

/** A channel whose events have the types of their schemas. */
export type TypedChannel<Schemas extends EventSchemas> = Channel<EventData<Schemas>>
