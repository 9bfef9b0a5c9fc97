// A channel as an application sees it: typed events in and out.
import type { Json, Metadata, Publication, PublishResult, Results } from '@nowcast/protocol'
import type { Connection } from '../connection/connection.ts'
import { newId } from '../ids.ts'
import type { Observable } from '../observable.ts'
import type { Outbox } from '../outbox/outbox.ts'
import type { EventData, EventSchemas } from '../schema.ts'
import type { ChannelGap, ChannelListener, ChannelSnapshot, Subscriptions } from './subscriptions.ts'

/** Events without schemas: any name, any JSON. */
export type AnyEvents = Readonly<Record<string, Json>>

/** An event as it arrived, with its place, sender and time. */
export type ChannelEvent<Data = Json> = Omit<Publication, 'data'> & { readonly data: Data }

/** Called for each event. */
export type EventListener<Data> = (data: Data, event: ChannelEvent<Data>) => void

/** What a channel works with. */
export interface ChannelParts {
  readonly connection: Connection
  readonly subscriptions: Subscriptions
  readonly outbox: Outbox
}

/** A named stream of events. */
export class Channel<Events = AnyEvents> implements Observable<ChannelSnapshot> {
  readonly name: string
  readonly #parts: ChannelParts
  readonly #schemas: EventSchemas
  readonly #stops = new Set<() => void>()
  readonly #onInvalid = new Set<(error: Error) => void>()
  readonly subscribe: Observable<ChannelSnapshot>['subscribe']
  readonly getSnapshot: Observable<ChannelSnapshot>['getSnapshot']

  constructor(name: string, parts: ChannelParts, schemas: EventSchemas = {}) {
    this.name = name
    this.#parts = parts
    this.#schemas = schemas
    const snapshot = parts.subscriptions.snapshot(name)
    this.subscribe = snapshot.subscribe
    this.getSnapshot = snapshot.getSnapshot
  }

  /** Listens to one kind of event. The channel is subscribed from the first listener to the last. @returns stops that */
  on<Name extends keyof Events & string>(name: Name, listener: EventListener<Events[Name]>): () => void {
    return this.#listen({
      event: (publication) => {
        if (publication.name !== name) return
        this.#validated(publication, (data) =>
          listener(data as Events[Name], { ...publication, data: data as Events[Name] }),
        )
      },
    })
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
   * @throws NowcastError what the server refused with, or `limit_exceeded` when too much waits already
   */
  publish<Name extends keyof Events & string>(
    name: Name,
    data: Events[Name],
    options: { readonly id?: string; readonly metadata?: Metadata } = {},
  ): Promise<PublishResult> {
    const { id = newId(), metadata } = options
    const command = { channel: this.name, event: name, eventId: id, data: data as Json }
    return this.#parts.outbox.publish(metadata === undefined ? command : { ...command, metadata })
  }

  /** The newest publications, ascending, below `before` where given. Default 20, at most 100. */
  history(page: { readonly before?: number; readonly limit?: number } = {}): Promise<Results['history']> {
    return this.#parts.connection.call('history', { channel: this.name, ...page })
  }

  /** Ends all listening that went through this object. */
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

  #validated({ name, data }: Publication, deliver: (data: unknown) => void): void {
    const schema = this.#schemas[name]
    if (schema === undefined) {
      deliver(data)
      return
    }
    const settle = (result: Awaited<ReturnType<(typeof schema)['~standard']['validate']>>) => {
      if (result.issues === undefined) deliver(result.value)
      else {
        const error = new Error(
          `"${name}" on "${this.name}" does not fit its schema: ${result.issues[0]?.message ?? ''}`,
        )
        for (const listener of this.#onInvalid) listener(error)
      }
    }
    const result = schema['~standard'].validate(data)
    if (result instanceof Promise) void result.then(settle)
    else settle(result)
  }
}

/** A channel whose events have the types of their schemas. */
export type TypedChannel<Schemas extends EventSchemas> = Channel<EventData<Schemas>>
