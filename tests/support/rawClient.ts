// A client that speaks the wire protocol by hand, also wrongly.
import { once } from 'node:events'
import {
  type Commands,
  NATIVE_PATH,
  PROTOCOL_VERSION,
  type Push,
  type Results,
  type WireError,
} from '@nowcast/protocol'
import { type ClientOptions, WebSocket } from 'ws'
import { tokenFor } from './tokens.ts'

const PATIENCE_MS = 10_000

type Answer = {
  readonly type: 'reply'
  readonly id: number
  readonly result?: unknown
  readonly error?: WireError
}

/** A connection whose every frame the test sees. */
export class RawClient {
  readonly socket: WebSocket
  readonly pushes: Push[] = []
  readonly frames: string[] = []
  closed: { readonly code: number; readonly reason: string } | undefined
  #nextId = 1
  readonly #answers = new Map<number, Answer>()
  #changed: (() => void)[] = []

  private constructor(url: string, options: ClientOptions) {
    this.socket = new WebSocket(url.replace(/^http/, 'ws') + NATIVE_PATH, options)
    this.socket.on('message', (data) => this.#receive(data.toString()))
    this.socket.on('error', () => {})
    this.socket.on('close', (code, reason) => {
      this.closed = { code, reason: reason.toString() }
      this.#notify()
    })
  }

  /** Opens a link without saying anything. */
  static async open(url: string, options: ClientOptions = {}): Promise<RawClient> {
    const client = new RawClient(url, options)
    if (client.socket.readyState !== WebSocket.OPEN) await once(client.socket, 'open')
    return client
  }

  /** Connects as a user, or anonymously. */
  static async connect(
    url: string,
    user?: string,
    claims: Readonly<Record<string, unknown>> = {},
  ): Promise<RawClient> {
    const client = await RawClient.open(url)
    const token = user === undefined ? {} : { token: tokenFor(user, claims) }
    await client.call('connect', { version: PROTOCOL_VERSION, ...token })
    return client
  }

  /** Sends a command and resolves with its reply's result; a refusal rejects with its code as message. */
  async call<T extends keyof Commands>(type: T, command: Commands[T]): Promise<Results[T]> {
    const answer = await this.ask({ type, ...command })
    if (answer.error !== undefined) throw new Error(answer.error.code)
    return answer.result as Results[T]
  }

  /** Sends any fields with a fresh id and resolves with the reply. */
  async ask(fields: object): Promise<Answer> {
    const id = this.#nextId++
    this.socket.send(JSON.stringify({ id, ...fields }))
    return this.answer(id)
  }

  /** The reply to a command that was sent by hand. */
  async answer(id: number): Promise<Answer> {
    await this.until(() => this.#answers.has(id), `a reply to command ${id}`)
    const answer = this.#answers.get(id)
    if (answer === undefined) throw new Error('unreachable')
    return answer
  }

  /** Waits until something holds; fails with what was waited for. */
  async until(condition: () => boolean, what: string): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS
    while (!condition()) {
      const left = deadline - Date.now()
      if (left <= 0) throw new Error(`Waited in vain for ${what}; closed: ${JSON.stringify(this.closed)}`)
      await new Promise<void>((resolve) => {
        const timeout = setTimeout(resolve, left)
        this.#changed.push(() => {
          clearTimeout(timeout)
          resolve()
        })
      })
    }
  }

  /** Waits for the close and gives its code. */
  async closeCode(): Promise<number> {
    await this.until(() => this.closed !== undefined, 'the close')
    return this.closed?.code ?? 0
  }

  /** The events received so far on a channel. */
  events(channel: string): Extract<Push, { type: 'event' }>[] {
    return this.pushes.filter((push) => push.type === 'event').filter((event) => event.channel === channel)
  }

  /** Ends the link without a word. */
  terminate(): void {
    this.socket.terminate()
  }

  #receive(text: string): void {
    this.frames.push(text)
    for (const line of text.split('\n')) {
      const message = JSON.parse(line)
      if (message.type === 'reply') this.#answers.set(message.id, message)
      else this.pushes.push(message)
    }
    this.#notify()
  }

  #notify(): void {
    const changed = this.#changed
    this.#changed = []
    for (const run of changed) run()
  }
}
