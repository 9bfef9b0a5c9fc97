// An application's backend that decides who may subscribe, with the "pusher" library, as it does for pusher-js.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import Pusher from 'pusher'

/** A request that came. */
export interface Asked {
  readonly connection: string
  readonly channel: string
  readonly cookie: string | undefined
}

/** The endpoint. */
export class Authorizer {
  /** Every request, in order. */
  readonly asked: Asked[] = []
  /** The status of the answer to a request; anything but 200 is a refusal. */
  decide: (request: Asked) => number = () => 200
  readonly #pusher = new Pusher({ appId: '1', key: 'dev-key', secret: 'dev-secret', host: '127.0.0.1' })
  readonly #server: Server

  private constructor() {
    this.#server = createServer((request, response) => void this.#answer(request, response))
  }

  static async start(): Promise<Authorizer> {
    const authorizer = new Authorizer()
    authorizer.#server.listen(0, '127.0.0.1')
    await once(authorizer.#server, 'listening')
    return authorizer
  }

  get url(): string {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('No port was given.')
    return `http://127.0.0.1:${address.port}/auth`
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const form = new URLSearchParams(await text(request))
    const asked: Asked = {
      connection: form.get('socket_id') ?? '',
      channel: form.get('channel_name') ?? '',
      cookie: request.headers.cookie,
    }
    this.asked.push(asked)
    const status = this.decide(asked)
    const member = asked.channel.startsWith('presence-') ? { user_id: 'ada' } : undefined
    const answer =
      status === 200
        ? this.#pusher.authorizeChannel(asked.connection, asked.channel, member)
        : { error: status }
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
  }
}
