// Publishing on ordinary channels: what a client may publish, and what the application's backend does.
import {
  type Json,
  type Metadata,
  NowcastError,
  type PublishResult,
  USER_CHANNEL_PREFIX,
} from '@nowcast/protocol'
import type { User } from '../../core/connection.ts'
import type { Engine, IdScope } from '../../engine/engine.ts'
import { channelKey } from '../../foundation/channelKey.ts'
import { conversationOf } from '../chat/channels.ts'
import { ChannelPolicies } from './policies.ts'

/** An event to publish. */
export interface Publishing {
  readonly channel: string
  readonly event: string
  readonly data: Json
  /** Idempotency key. */
  readonly id: string
  readonly metadata?: Metadata
  /** Id of the one connection that does not get it. */
  readonly exclude?: string
}

/** Publishes on the channels of one app. */
export class Publisher {
  readonly #app: string
  readonly #engine: Engine
  readonly #policies: ChannelPolicies
  readonly #maxEventBytes: number

  /** @param maxEventBytes largest data and metadata of an event, as bytes of JSON */
  constructor(app: string, engine: Engine, policies: ChannelPolicies, maxEventBytes: number) {
    this.#app = app
    this.#engine = engine
    this.#policies = policies
    this.#maxEventBytes = maxEventBytes
  }

  /**
   * Publishes for a client.
   * @param granted the policies need not allow it
   * @throws NowcastError `forbidden`, `data_too_large`, `idempotency_conflict`, `unavailable`
   */
  publishAs(user: User | undefined, publishing: Publishing, granted = false): Promise<PublishResult> {
    const { channel } = publishing
    if (conversationOf(channel) !== undefined || channel.startsWith(USER_CHANNEL_PREFIX)) {
      return Promise.reject(ChannelPolicies.refusal('publish', channel))
    }
    const allowed = granted || this.#policies.allows('publish', channel, user)
    const scope = user === undefined ? 'anonymous' : (`user:${user.id}` as const)
    if (allowed === true) return this.#publish(publishing, scope, user)
    if (allowed === false) return Promise.reject(ChannelPolicies.refusal('publish', channel))
    return allowed.then((late) => {
      if (late) return this.#publish(publishing, scope, user)
      throw ChannelPolicies.refusal('publish', channel)
    })
  }

  /**
   * Publishes for the application's backend, which may publish on every channel but those of conversations: what
   * is said there is the server's own to say.
   * @throws NowcastError `forbidden`, `data_too_large`, `idempotency_conflict`, `unavailable`
   */
  publish(publishing: Publishing): Promise<PublishResult> {
    if (conversationOf(publishing.channel) !== undefined) {
      return Promise.reject(ChannelPolicies.refusal('publish', publishing.channel))
    }
    return this.#publish(publishing, 'app')
  }

  async #publish(publishing: Publishing, idScope: IdScope, user?: User): Promise<PublishResult> {
    const { channel, event, data, id, metadata, exclude } = publishing
    const bytes =
      Buffer.byteLength(JSON.stringify(data)) +
      (metadata === undefined ? 0 : Buffer.byteLength(JSON.stringify(metadata)))
    if (bytes > this.#maxEventBytes) {
      throw new NowcastError(
        'data_too_large',
        `The data of an event is at most ${this.#maxEventBytes} bytes of JSON.`,
        {
          field: 'data',
        },
      )
    }
    return this.#engine.publish(channelKey(this.#app, channel), {
      id,
      name: event,
      data,
      ...(user === undefined ? {} : { sender: user.id }),
      ...(metadata === undefined ? {} : { metadata }),
      ...(exclude === undefined ? {} : { exclude }),
      history: this.#policies.settings(channel).history,
      idScope,
    })
  }
}
