// One sender of durable messages: connects with a token, joins its conversation, and sends.
import { randomUUID } from 'node:crypto'
import { CommandLink } from './commandLink.ts'

/** A user who sends. */
export class Sender {
  readonly #link: CommandLink
  readonly #conversation: string
  /** Message ids must not repeat those of an earlier run. */
  readonly #messages = randomUUID().slice(0, 13)
  #sent = 0

  private constructor(link: CommandLink, conversation: string) {
    this.#link = link
    this.#conversation = conversation
  }

  /** Connects. @throws Error when refused */
  static async connect(port: number, user: string, conversation: string): Promise<Sender> {
    return new Sender(await CommandLink.connect(port, user), conversation)
  }

  /** Makes the conversation, open to everybody. @throws Error when refused */
  async create(): Promise<void> {
    const conversation = this.#conversation
    await this.#link.command({ type: 'conversation.create', conversation, name: conversation })
  }

  /** Becomes a member. @throws Error when refused */
  async join(): Promise<void> {
    await this.#link.command({ type: 'conversation.join', conversation: this.#conversation })
  }

  /** Sends one message; ends when it is durable. @throws Refusal when refused */
  async send(body: string): Promise<void> {
    this.#sent += 1
    const messageId = `${this.#messages}-${this.#sent}`
    await this.#link.command({
      type: 'conversation.send',
      conversation: this.#conversation,
      messageId,
      body,
    })
  }

  /** Ends the connection. */
  close(): void {
    this.#link.close()
  }
}
