// Who is mentioned hears of it on a channel of their own, wherever in the application they are.
import { randomUUID } from 'node:crypto'
import { type Message, userChannel } from '@nowcast/protocol'
import type { Engine } from '../../engine/engine.ts'
import { channelKey } from '../../foundation/channelKey.ts'
import type { Logger } from '../../foundation/log.ts'

/** How long a user's own channel keeps mentions. */
const HISTORY = { size: 50, ttlMs: 300_000 }

/** Tells mentioned users of a message. */
export class Mentions {
  readonly #app: string
  readonly #engine: Pick<Engine, 'publish'>
  readonly #log: Logger

  constructor(app: string, engine: Pick<Engine, 'publish'>, log: Logger) {
    this.#app = app
    this.#engine = engine
    this.#log = log
  }

  /** Tells everybody whom a new message mentions, but its sender. */
  tell(message: Message): void {
    for (const user of message.mentions ?? []) if (user !== message.sender) void this.#tell(user, message)
  }

  async #tell(user: string, message: Message): Promise<void> {
    const request = {
      id: randomUUID(),
      name: 'message:mentioned',
      data: message,
      history: HISTORY,
      idScope: 'app',
    } as const
    try {
      await this.#engine.publish(channelKey(this.#app, userChannel(user)), request)
    } catch (error) {
      // The message is committed, and counted among the user's unread mentions.
      this.#log.warn({ error }, 'a user could not be told of a mention')
    }
  }
}
