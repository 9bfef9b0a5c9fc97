// A client that speaks Pusher's protocol by hand, also wrongly.
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { type ClientOptions, WebSocket } from 'ws'
import { eventually } from './testDatabase.ts'

/** A frame as it came: its data is text. */
export interface RawPusherFrame {
  readonly event: string
  readonly channel?: string
  readonly data?: string
  readonly user_id?: string
}

/** The path of a client that is served. */
export const PUSHER_PATH = '/app/dev-key?protocol=7&client=js&version=8.6.0&flash=false'

/** What an application's backend signs with the app's secret. */
export const pusherAuth = (text: string, secret = 'dev-secret', key = 'dev-key'): string =>
  `${key}:${createHmac('sha256', secret).update(text).digest('hex')}`

/** A connection whose every frame the test sees. */
export class RawPusherClient {
  readonly socket: WebSocket
  readonly frames: RawPusherFrame[] = []
  closed: { readonly code: number; readonly reason: string } | undefined
  pongs = 0

  private constructor(url: string, options: ClientOptions) {
    this.socket = new WebSocket(url.replace(/^http/, 'ws'), options)
    this.socket.on('message', (data) => this.frames.push(JSON.parse(data.toString())))
    this.socket.on('pong', () => {
      this.pongs += 1
    })
    this.socket.on('error', () => {})
    this.socket.on('close', (code, reason) => {
      this.closed = { code, reason: reason.toString() }
    })
  }

  /** Opens a link and waits until it is a WebSocket. */
  static async open(url: string, path = PUSHER_PATH, options: ClientOptions = {}): Promise<RawPusherClient> {
    const client = new RawPusherClient(url + path, options)
    if (client.socket.readyState !== WebSocket.OPEN) await once(client.socket, 'open')
    return client
  }

  /** Opens a link and waits until it is established. */
  static async connect(url: string, path = PUSHER_PATH, options?: ClientOptions): Promise<RawPusherClient> {
    const client = await RawPusherClient.open(url, path, options)
    await client.untilHeard('pusher:connection_established')
    return client
  }

  get socketId(): string {
    return this.data('pusher:connection_established')[0].socket_id
  }

  /** Sends an event of the protocol. */
  say(event: string, data: unknown, channel?: string): void {
    this.socket.send(JSON.stringify({ event, data, ...(channel === undefined ? {} : { channel }) }))
  }

  /** Subscribes with a signature where one is needed, and waits for the answer. */
  async subscribe(channel: string, channelData?: object): Promise<RawPusherFrame> {
    const text = channelData === undefined ? undefined : JSON.stringify(channelData)
    const signed = [this.socketId, channel, ...(text === undefined ? [] : [text])].join(':')
    const before = this.answers(channel).length
    this.say('pusher:subscribe', { channel, auth: pusherAuth(signed), channel_data: text })
    await this.until(() => this.answers(channel).length > before, `an answer about ${channel}`)
    const answer = this.answers(channel)[before]
    if (answer === undefined) throw new Error('unreachable')
    return answer
  }

  /** What was said about subscribing to a channel. */
  answers(channel: string): RawPusherFrame[] {
    return this.frames.filter(
      (frame) => frame.channel === channel && /subscription_(succeeded|error)$/.test(frame.event),
    )
  }

  heard(event: string, channel?: string): RawPusherFrame[] {
    return this.frames.filter(
      (frame) => frame.event === event && (channel === undefined || frame.channel === channel),
    )
  }

  /** The data of what was heard of an event, parsed. */
  // biome-ignore lint/suspicious/noExplicitAny: what the server said, to be compared
  data(event: string, channel?: string): any[] {
    return this.heard(event, channel).map(({ data = 'null' }) => JSON.parse(data))
  }

  async untilHeard(event: string, channel?: string, times = 1): Promise<RawPusherFrame[]> {
    await this.until(() => this.heard(event, channel).length >= times, `${times} × ${event}`)
    return this.heard(event, channel)
  }

  async until(condition: () => boolean, what: string): Promise<void> {
    await eventually(condition, what).catch((error: Error) => {
      const heard = JSON.stringify({ frames: this.frames, closed: this.closed })
      throw new Error(`${error.message} Heard: ${heard.slice(0, 2_000)}`)
    })
  }

  /** Waits for the close and gives its code. */
  async closeCode(): Promise<number> {
    await this.until(() => this.closed !== undefined, 'the close')
    return this.closed?.code ?? 0
  }

  /** Resolves when the server has answered everything that was said before. */
  async settled(): Promise<void> {
    const before = this.heard('pusher:pong').length
    this.say('pusher:ping', {})
    await this.untilHeard('pusher:pong', undefined, before + 1)
  }

  terminate(): void {
    this.socket.terminate()
  }
}
