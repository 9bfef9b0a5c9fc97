// What the server tells a user on the user's own channel, wherever in the application they are: changes of their list of
// conversations and of what is unread, and messages that mention them.
import { randomUUID } from 'node:crypto'
import { type Message, type UserEvents, userChannel } from '@nowcast/protocol'
import type { Engine } from '../../engine/engine.ts'
import { channelKey } from '../../foundation/channelKey.ts'
import type { Logger } from '../../foundation/log.ts'

/** How long a user's own channel keeps what happened. */
const HISTORY = { size: 50, ttlMs: 300_000 }

/** Publishes on users' own channels. */
export class UserNews {
  readonly #app: string
  readonly #engine: Pick<Engine, 'publish'>
  readonly #log: Logger

  constructor(app: string, engine: Pick<Engine, 'publish'>, log: Logger) {
    this.#app = app
    this.#engine = engine
    this.#log = log
  }

  /** Tells everybody whom a new message mentions, but its sender. */
  tellMentioned(message: Message): void {
    const { mentions = [], sender } = message
    for (const user of mentions) if (user !== sender) void this.tell(user, 'message:mentioned', message)
  }

  /** Tells a user; a failure is only logged. */
  async tell<Name extends keyof UserEvents>(
    user: string,
    name: Name,
    data: UserEvents[Name] | Promise<UserEvents[Name]>,
  ): Promise<void> {
    try {
      const request = {
        id: randomUUID(),
        name,
        data: await data,
        history: HISTORY,
        idScope: 'app',
      } as const
      await this.#engine.publish(channelKey(this.#app, userChannel(user)), request)
    } catch (error) {
      // What happened is committed, and the database has it: the client loads it when it reconnects.
      this.#log.warn({ error, event: name }, 'a user could not be told what happened')
    }
  }
}
