// One sender of durable messages: connects with a token, joins its conversation, sends, and times each acknowledgement.
import { randomUUID } from 'node:crypto'
import { isObject, type Json } from '@nowcast/protocol'
import { signToken } from '../wire/token.ts'
import { RawLink } from './rawLink.ts'

type Fields = { readonly [key: string]: Json }

/** A refusal by the server. */
export class Refusal extends Error {}

/** A user who sends. */
export class Sender {
  readonly #link: RawLink
  readonly #conversation: string
  /** Message ids must not repeat those of an earlier run. */
  readonly #messages = randomUUID().slice(0, 13)
  readonly #waiting = new Map<number, { resolve: (result: Fields) => void; reject: (error: Error) => void }>()
  #commands = 0

  private constructor(link: (sender: Sender) => RawLink, conversation: string) {
    this.#conversation = conversation
    this.#link = link(this)
  }

  /** Connects, makes the conversation when it is not there, and joins it. @throws Error when refused */
  static async connect(port: number, user: string, conversation: string): Promise<Sender> {
    let upgraded = (): void => {}
    let failed = (_error: Error): void => {}
    const open = new Promise<void>((resolve, reject) => {
      upgraded = resolve
      failed = reject
    })
    const sender = new Sender(
      (self) =>
        new RawLink(port, '/nowcast', {
          upgraded: () => upgraded(),
          text: (text) => self.#take(text),
          ended: (error) => {
            const reason = error ?? new Error('the server closed a connection')
            failed(reason)
            self.#end(reason)
          },
        }),
      conversation,
    )
    await open
    await sender.#command({ type: 'connect', version: 1, token: signToken(user) })
    return sender
  }

  /** Makes the conversation, open to everybody. @throws Error when refused */
  async create(): Promise<void> {
    await this.#command({
      type: 'conversation.create',
      conversation: this.#conversation,
      name: this.#conversation,
    })
  }

  /** Becomes a member. @throws Error when refused */
  async join(): Promise<void> {
    await this.#command({ type: 'conversation.join', conversation: this.#conversation })
  }

  /** Sends one message; ends when it is durable. @throws Refusal when refused */
  async send(body: string): Promise<void> {
    const messageId = `${this.#messages}-${this.#commands}`
    await this.#command({ type: 'conversation.send', conversation: this.#conversation, messageId, body })
  }

  /** Ends the connection. */
  close(): void {
    this.#link.cut()
  }

  #command(fields: Fields): Promise<Fields> {
    this.#commands += 1
    const id = this.#commands
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#link.say(JSON.stringify({ ...fields, id }))
    })
  }

  #take(text: string): void {
    for (const line of text.split('\n')) {
      const message: unknown = JSON.parse(line)
      if (!isObject(message) || message.type !== 'reply' || typeof message.id !== 'number') continue
      const waiting = this.#waiting.get(message.id)
      this.#waiting.delete(message.id)
      if (isObject(message.result)) waiting?.resolve(message.result)
      else waiting?.reject(new Refusal(line))
    }
  }

  #end(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error)
    this.#waiting.clear()
  }
}
