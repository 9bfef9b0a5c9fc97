// An application's backend as Pusher's guides have it: an endpoint that says who may subscribe, and one that signs users in,
// both with the published library. Tests may have it answer otherwise.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import Pusher from 'pusher'

/** Whom a page belongs to, as its session would say. */
export interface PageUser {
  readonly id: string | number
  /** Absent: presence channels are told no `user_info`. */
  readonly info?: unknown
  readonly watchlist?: readonly string[]
}

/** What the backend is asked. */
export interface AuthQuestion {
  readonly socketId: string
  /** Absent where the page signs in. */
  readonly channel: string | undefined
  readonly user: PageUser | undefined
}

/** An answer in place of the usual one. */
export interface AuthAnswer {
  readonly status: number
  readonly body: string
}

/** The app that nodes have unless they are told otherwise, as the library wants it. */
const APP = { appId: '1', key: 'dev-key', secret: 'dev-secret', host: '127.0.0.1' }

/** A backend that listens. */
export class PusherBackend {
  readonly library: Pusher
  readonly #server: Server
  readonly url: string
  /** Answers in place of the usual where it answers at all. */
  override: ((question: AuthQuestion) => AuthAnswer | Promise<AuthAnswer> | undefined) | undefined
  /** What was asked so far. */
  readonly questions: AuthQuestion[] = []

  private constructor(server: Server, options: Partial<typeof APP>) {
    this.#server = server
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const encryptionMasterKeyBase64 = Buffer.alloc(32, 7).toString('base64')
    this.library = new Pusher({ ...APP, encryptionMasterKeyBase64, ...options })
  }

  /** Starts a backend for an app. */
  static async start(options: Partial<typeof APP> = {}): Promise<PusherBackend> {
    const server = createServer((request, response) => void backend.#answer(request, response))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const backend = new PusherBackend(server, options)
    return backend
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  /** What the endpoints answer: signatures, by the library. */
  sign({ socketId, channel, user }: AuthQuestion): object {
    if (channel === undefined) {
      if (user === undefined) throw new Error('Nobody to sign in.')
      const { id, info, watchlist } = user
      return this.library.authenticateUser(socketId, {
        id: String(id),
        ...(info === undefined ? {} : { user_info: info }),
        ...(watchlist === undefined ? {} : { watchlist: [...watchlist] }),
      })
    }
    if (!channel.startsWith('presence-') || user === undefined) {
      return this.library.authorizeChannel(socketId, channel)
    }
    const member = { user_id: String(user.id), ...(user.info === undefined ? {} : { user_info: user.info }) }
    return this.library.authorizeChannel(socketId, channel, member as Pusher.PresenceChannelData)
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const fields = new URLSearchParams(Buffer.concat(chunks).toString())
    const user = fields.get('user')
    const question: AuthQuestion = {
      socketId: fields.get('socket_id') ?? '',
      channel: fields.get('channel_name') ?? undefined,
      user: user === null ? undefined : JSON.parse(user),
    }
    this.questions.push(question)
    const answer = (await this.override?.(question)) ?? {
      status: 200,
      body: JSON.stringify(this.sign(question)),
    }
    response.writeHead(answer.status, { 'Content-Type': 'application/json' }).end(answer.body)
  }
}
