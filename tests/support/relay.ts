// A TCP relay in front of a server, whose links can be cut or frozen at will, and which can cut its clients off.
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { dial, Links } from './links.ts'

/** Relays connections to a port of this machine. */
export class Relay {
  readonly #server: Server
  readonly #targetPort: number
  readonly #links = new Links()
  #path: 'open' | 'refused' | 'silent' = 'open'
  /** Who connected while nothing was let through. */
  #waiting: Socket[] = []
  port = 0

  private constructor(targetPort: number) {
    this.#targetPort = targetPort
    this.#server = createServer((inner) => this.#accept(inner))
  }

  /** Starts relaying to `targetPort`, from a given or any free port. */
  static async start(targetPort: number, port = 0): Promise<Relay> {
    const relay = new Relay(targetPort)
    relay.#server.listen(port, '127.0.0.1')
    await once(relay.#server, 'listening')
    const address = relay.#server.address()
    if (address === null || typeof address === 'string') throw new Error('No port was given.')
    relay.port = address.port
    return relay
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  /** Links that are open now. */
  get links(): number {
    return this.#links.size
  }

  /** Ends every link at once, as a failing network does. */
  cut(matches?: (index: number) => boolean): void {
    this.#links.cut(matches)
  }

  /** Lets nothing through for every open link, without ending it. */
  freeze(): void {
    this.#links.freeze()
  }

  /** Cuts everybody off until `mend`: links end and new ones are refused, or all of them go silent. */
  block(how: 'refused' | 'silent'): void {
    this.#path = how
    if (how === 'refused') this.#links.cut()
    else this.#links.freeze()
  }

  /** Ends `block`; what a silent network held back arrives late. */
  mend(): void {
    const waiting = this.#waiting
    this.#waiting = []
    this.#path = 'open'
    this.#links.thaw()
    for (const inner of waiting) if (!inner.destroyed) this.#carry(inner)
  }

  async stop(): Promise<void> {
    for (const inner of this.#waiting) inner.destroy()
    this.cut()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #accept(inner: Socket): void {
    inner.on('error', () => {})
    if (this.#path === 'open') this.#carry(inner)
    else if (this.#path === 'refused') inner.destroy()
    else this.#waiting.push(inner)
  }

  #carry(inner: Socket): void {
    this.#links.join(inner, dial(this.#targetPort))
  }
}
