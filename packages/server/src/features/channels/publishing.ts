// Publishing on ordinary channels: what a client may publish, and what the application's backend does.
import {
  type Json,
  type Metadata,
  NowcastError,
  type PublishResult,
  USER_CHANNEL_PREFIX,
} from '@nowcast/protocol'
import type { User } from '../../core/connection.ts'
import type { Engine, IdScope, PublishRequest } from '../../engine/engine.ts'
import { type ChannelKey, channelKey } from '../../foundation/channelKey.ts'
import { conversationOf } from '../chat/channels.ts'
import { isCacheChannel, type LastEvents } from './lastEvents.ts'
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
  /** True where the gateway has measured the data already, by the limit of its own protocol. */
  readonly isMeasured?: boolean
}

/** Publishes on the channels of one app. */
export class Publisher {
  readonly #app: string
  readonly #engine: Engine
  readonly #policies: ChannelPolicies
  readonly #maxEventBytes: number
  readonly #lastEvents: Pick<LastEvents, 'keep'>

  /** @param maxEventBytes largest data and metadata of an event, as bytes of JSON */
  constructor(
    app: string,
    engine: Engine,
    policies: ChannelPolicies,
    maxEventBytes: number,
    lastEvents: Pick<LastEvents, 'keep'>,
  ) {
    this.#app = app
    this.#engine = engine
    this.#policies = policies
    this.#maxEventBytes = maxEventBytes
    this.#lastEvents = lastEvents
  }

  /**
   * Publishes for a client.
   * @throws NowcastError `forbidden`, `data_too_large`, `idempotency_conflict`, `unavailable`
   */
  publishAs(user: User | undefined, publishing: Publishing): Promise<PublishResult> {
    const { channel } = publishing
    const allowed = this.#policies.allows('publish', channel, user)
    if (allowed === true) return this.publishAllowed(user, publishing)
    if (allowed === false) return Promise.reject(ChannelPolicies.refusal('publish', channel))
    return allowed.then((late) => {
      if (late) return this.publishAllowed(user, publishing)
      throw ChannelPolicies.refusal('publish', channel)
    })
  }

  /**
   * Publishes for a client that may by other rules than the channel's policy. On the channels of conversations and users no
   * client publishes.
   * @param user who is named as the sender
   * @throws NowcastError `forbidden`, `data_too_large`, `idempotency_conflict`, `unavailable`
   */
  publishAllowed(user: Pick<User, 'id'> | undefined, publishing: Publishing): Promise<PublishResult> {
    const { channel } = publishing
    if (conversationOf(channel) !== undefined || channel.startsWith(USER_CHANNEL_PREFIX)) {
      return Promise.reject(ChannelPolicies.refusal('publish', channel))
    }
    return this.#publish(publishing, user === undefined ? 'anonymous' : `user:${user.id}`, user)
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

  // Hot path: every event of a backend comes this way, and each promise in between costs more than all that is done here.
  #publish(publishing: Publishing, idScope: IdScope, user?: Pick<User, 'id'>): Promise<PublishResult> {
    const { channel, event, data, id, metadata, exclude } = publishing
    if (publishing.isMeasured !== true && !this.#fits(publishing)) return Promise.reject(this.#tooLarge())
    const key = channelKey(this.#app, channel)
    const request: PublishRequest = {
      id,
      name: event,
      data,
      ...(user === undefined ? {} : { sender: user.id }),
      ...(metadata === undefined ? {} : { metadata }),
      ...(exclude === undefined ? {} : { exclude }),
      history: this.#policies.settings(channel).history,
      idScope,
    }
    const published = this.#engine.publish(key, request)
    return idScope === 'app' && isCacheChannel(channel) ? this.#keep(key, request, published) : published
  }

  async #keep(
    key: ChannelKey,
    request: PublishRequest,
    published: Promise<PublishResult>,
  ): Promise<PublishResult> {
    const result = await published
    await this.#lastEvents.keep(key, request, result)
    return result
  }

  #fits({ data, metadata }: Publishing): boolean {
    const bytes =
      Buffer.byteLength(JSON.stringify(data)) +
      (metadata === undefined ? 0 : Buffer.byteLength(JSON.stringify(metadata)))
    return bytes <= this.#maxEventBytes
  }

  #tooLarge(): NowcastError {
    const message = `The data of an event is at most ${this.#maxEventBytes} bytes of JSON.`
    return new NowcastError('data_too_large', message, { field: 'data' })
  }
}
