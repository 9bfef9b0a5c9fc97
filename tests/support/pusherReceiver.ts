// An application's backend that hears Pusher's webhooks: real HTTP, checked with the published library.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import Pusher from 'pusher'
import { freePort } from './serverProcess.ts'

/** An event as the library gives it. */
export interface HeardEvent {
  readonly name: string
  readonly channel: string
  readonly [field: string]: unknown
}

/** What came in one request, and when. */
export interface HeardRequest {
  readonly body: string
  readonly events: readonly HeardEvent[]
  /** What the request says, in milliseconds since 1970. */
  readonly time: number
  readonly at: number
  /** Whether it was answered with 2xx. */
  isTaken(): boolean
}

/** How a request is answered; nothing has to be. */
export type Answer = (response: ServerResponse) => void

/** Answers with a status. */
export const status =
  (code: number, headers: Readonly<Record<string, string>> = {}): Answer =>
  (response) =>
    response.writeHead(code, headers).end('what it says is of no interest')

const eventsOf = (requests: readonly HeardRequest[]) =>
  [...new Map(requests.map(({ body, events }) => [body, events])).values()].flat()

/** Listens for webhooks of one app. */
export class PusherReceiver {
  readonly port: number
  readonly heard: HeardRequest[] = []
  /** Requests that the library takes for forged. */
  readonly forged: string[] = []
  /** Answers of the next requests. */
  readonly answers: Answer[] = []
  /** The answer of those that come after them. */
  usual: Answer = status(200)
  /** The most requests at the same time that had events of the same channel. */
  mostAtOnce = 0
  readonly #pusher: Pusher
  readonly #underWay = new Map<string, number>()
  #server: Server | undefined

  private constructor(port: number, key: string, secret: string) {
    this.port = port
    this.#pusher = new Pusher({ appId: '1', key, secret, host: '127.0.0.1' })
  }

  /** Starts one on a free port. */
  static async start(key: string, secret: string): Promise<PusherReceiver> {
    const receiver = new PusherReceiver(await freePort(), key, secret)
    await receiver.start()
    return receiver
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/hooks/pusher?from=nowcast`
  }

  /** The events of all requests, in order; repeated requests count once. */
  get events(): readonly HeardEvent[] {
    return eventsOf(this.heard)
  }

  /** The same of the requests that were answered with 2xx. */
  get taken(): readonly HeardEvent[] {
    return eventsOf(this.heard.filter((request) => request.isTaken()))
  }

  /** Those of one channel. */
  of(channel: string): readonly HeardEvent[] {
    return this.events.filter((event) => event.channel === channel)
  }

  async start(): Promise<void> {
    this.#server = createServer((request, response) => void this.#take(request, response))
    this.#server.listen(this.port, '127.0.0.1')
    await once(this.#server, 'listening')
  }

  async stop(): Promise<void> {
    const server = this.#server
    if (server === undefined) return
    this.#server = undefined
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const rawBody = Buffer.concat(chunks).toString()
    const webhook = this.#pusher.webhook({ headers: request.headers, rawBody })
    if (!webhook.isValid()) {
      this.forged.push(rawBody)
      response.writeHead(401).end()
      return
    }
    const events = webhook.getEvents().map((event): HeardEvent => ({ ...event }))
    const time = webhook.getTime().getTime()
    this.#count(new Set(events.map(({ channel }) => channel)), response)
    const isTaken = () => response.writableFinished && response.statusCode < 300
    this.heard.push({ body: rawBody, events, time, at: Date.now(), isTaken })
    const answer = this.answers.shift() ?? this.usual
    answer(response)
  }

  #count(channels: ReadonlySet<string>, response: ServerResponse): void {
    const change = (by: number) => {
      for (const channel of channels) {
        const now = (this.#underWay.get(channel) ?? 0) + by
        this.#underWay.set(channel, now)
        this.mostAtOnce = Math.max(this.mostAtOnce, now)
      }
    }
    change(1)
    response.once('close', () => change(-1))
  }
}
