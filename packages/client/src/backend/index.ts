// For an application's own backend: publishing with the app's secret, and tokens for its users. It needs nothing but
// fetch and WebCrypto, so it runs in Node.js and at the edge.
import {
  type Json,
  limits,
  type Metadata,
  NowcastError,
  type PublishResult,
  type WireError,
} from '@nowcast/protocol'
import { type BackendOptions, post } from './post.ts'
import { signToken } from './signing.ts'
import { type MessageStream, openStream, type StreamOptions } from './stream.ts'
import { verifyWebhook, type WebhookEvent, type WebhookHeaders } from './webhook.ts'

export type { BackendOptions } from './post.ts'
export type { MessageStream, StreamOptions } from './stream.ts'
export type { WebhookEvent, WebhookHeaders } from './webhook.ts'

/** The data of each event, by its name. */
export type BackendEvents = Readonly<Record<string, Json>>

/** An event of a batch. */
export type BackendEvent<Events extends BackendEvents> = {
  readonly [Name in keyof Events & string]: {
    readonly channel: string
    readonly event: Name
    readonly data: Events[Name]
    /** Idempotency key; made when absent. */
    readonly id?: string
    readonly metadata?: Metadata
  }
}[keyof Events & string]

/** How one event of a batch fared. */
export type BatchResult = { readonly result: PublishResult } | { readonly error: WireError }

/** Publishes as the application. */
export interface Backend<Events extends BackendEvents> {
  /** Publishes an event, exactly once however often it has to be tried. @throws NowcastError */
  publish<Name extends keyof Events & string>(
    channel: string,
    event: Name,
    data: Events[Name],
    options?: { readonly id?: string; readonly metadata?: Metadata },
  ): Promise<PublishResult>
  /** Publishes up to 100 events in one request; outcomes in their order. @throws NowcastError when none was published */
  publishBatch(events: readonly BackendEvent<Events>[]): Promise<readonly BatchResult[]>
  /** Writes a message of one of the conversation's members piece by piece, such as an AI's answer. */
  stream(conversation: string, options: StreamOptions): MessageStream
  /** A token for a user. `claims` are there for the server's channel policies. */
  token(user: {
    readonly id: string
    readonly name?: string
    readonly avatar?: string
    readonly claims?: Readonly<Record<string, Json>>
    /** Default 3,600. */
    readonly expiresInSeconds?: number
  }): Promise<string>
  /**
   * What the server tells by a request to the address that is configured as `webhooks.url`. Answer with a status of 2xx once
   * it is taken; with 4xx it is dropped, with anything else it is told again.
   * @param body exactly as it was received
   * @throws NowcastError `unknown_app`, `timestamp_invalid` or `signature_invalid` when somebody else made the request
   */
  webhook(headers: WebhookHeaders, body: string | Uint8Array): Promise<WebhookEvent>
}

/** Makes a helper for an application's backend. The type parameter names its events and their data. */
export function createBackend<Events extends BackendEvents = BackendEvents>(
  options: BackendOptions,
): Backend<Events> {
  return {
    publish: (channel, event, data, { id = crypto.randomUUID(), metadata } = {}) =>
      post<PublishResult>(options, '/v1/publish', { channel, event, data, id, metadata }),
    async publishBatch(events) {
      if (events.length > limits.batch) {
        throw new NowcastError('invalid_command', `A batch holds at most ${limits.batch} events.`, {
          field: 'events',
        })
      }
      // The ids are made once, so that a repeated request publishes nothing twice.
      const identified = events.map((event) => ({ ...event, id: event.id ?? crypto.randomUUID() }))
      const body = { events: identified }
      return (await post<{ results: BatchResult[] }>(options, '/v1/publish/batch', body)).results
    },
    stream: (conversation, stream) => openStream(options, conversation, stream),
    token: ({ id, name, avatar, claims, expiresInSeconds = 3_600 }) =>
      signToken(options.secret, { ...claims, sub: id, name, avatar }, expiresInSeconds),
    webhook: (headers, body) => verifyWebhook(options, headers, body),
  }
}
