// A client that speaks Nowcast's protocol over a raw link: commands out, replies and pushes in, all counted.
import { isObject, type Json } from '@nowcast/protocol'
import { signToken } from '../wire/token.ts'
import { RawLink } from './rawLink.ts'

type Fields = { readonly [key: string]: Json }

/** A refusal by the server. */
export class Refusal extends Error {}

/** A connected user. */
export class CommandLink {
  /** Frames that came, and their bytes without headers. */
  frames = 0
  bytes = 0
  readonly #link: RawLink
  readonly #onPush: (line: string) => void
  readonly #waiting = new Map<number, { resolve: (result: Fields) => void; reject: (error: Error) => void }>()
  #commands = 0

  private constructor(link: (self: CommandLink) => RawLink, onPush: (line: string) => void) {
    this.#onPush = onPush
    this.#link = link(this)
  }

  /**
   * Connects as a user.
   * @param onPush called with each pushed object, as text
   * @throws Error when refused
   */
  static async connect(
    port: number,
    user: string,
    onPush: (line: string) => void = () => {},
  ): Promise<CommandLink> {
    let upgraded = (): void => {}
    let failed = (_error: Error): void => {}
    const open = new Promise<void>((resolve, reject) => {
      upgraded = resolve
      failed = reject
    })
    const link = new CommandLink(
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
      onPush,
    )
    await open
    await link.command({ type: 'connect', version: 1, token: signToken(user) })
    return link
  }

  /** Sends a command; ends with its result. @throws Refusal when refused, Error when the link ends before */
  command(fields: Fields): Promise<Fields> {
    this.#commands += 1
    const id = this.#commands
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#link.say(JSON.stringify({ ...fields, id }))
    })
  }

  /** Ends the connection without goodbye. */
  close(): void {
    this.#link.cut()
  }

  #take(text: string): void {
    this.frames += 1
    this.bytes += text.length
    for (const line of text.split('\n')) {
      if (line.startsWith('{"type":"reply"')) this.#settle(line)
      else this.#onPush(line)
    }
  }

  #settle(line: string): void {
    const message: unknown = JSON.parse(line)
    if (!isObject(message) || typeof message.id !== 'number') return
    const waiting = this.#waiting.get(message.id)
    this.#waiting.delete(message.id)
    if (isObject(message.result)) waiting?.resolve(message.result)
    else waiting?.reject(new Refusal(line))
  }

  #end(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error)
    this.#waiting.clear()
  }
}
