// A TCP relay between clients and a server, whose links can be cut or frozen at will.
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

/** Relays connections to a port of this machine. */
export class Relay {
  readonly #server: Server
  readonly #targetPort: number
  readonly #links = new Set<{ readonly inner: Socket; readonly outer: Socket }>()
  port = 0

  private constructor(targetPort: number) {
    this.#targetPort = targetPort
    this.#server = createServer((inner) => this.#carry(inner))
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
  cut(matches: (index: number) => boolean = () => true): void {
    for (const [index, { inner, outer }] of [...this.#links].entries()) {
      if (!matches(index)) continue
      inner.destroy()
      outer.destroy()
    }
  }

  /** Lets nothing through for every open link, without ending it. */
  freeze(): void {
    for (const { inner, outer } of this.#links) {
      inner.unpipe(outer)
      outer.unpipe(inner)
      inner.pause()
      outer.pause()
    }
  }

  async stop(): Promise<void> {
    this.cut()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #carry(inner: Socket): void {
    const outer = connect(this.#targetPort, '127.0.0.1')
    const link = { inner, outer }
    this.#links.add(link)
    for (const [from, to] of [
      [inner, outer],
      [outer, inner],
    ] as const) {
      from.on('error', () => to.destroy())
      from.on('close', () => {
        to.destroy()
        this.#links.delete(link)
      })
      from.pipe(to)
    }
  }
}
