// A TCP load balancer: each connection goes to the next node in turn that accepts one.
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { dial, Links } from './links.ts'

/** Spreads connections over ports of this machine. */
export class Balancer {
  readonly #server: Server
  readonly #ports: readonly number[]
  readonly #links = new Links()
  #turn = 0
  port = 0

  private constructor(ports: readonly number[]) {
    this.#ports = ports
    this.#server = createServer((inner) => this.#carry(inner))
  }

  /** Starts to spread connections over `ports`. */
  static async start(ports: readonly number[]): Promise<Balancer> {
    const balancer = new Balancer(ports)
    balancer.#server.listen(0, '127.0.0.1')
    await once(balancer.#server, 'listening')
    const address = balancer.#server.address()
    if (address === null || typeof address === 'string') throw new Error('No port was given.')
    balancer.port = address.port
    return balancer
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  /** Ends links at once, as a failing network does. */
  cut(matches?: (index: number) => boolean): void {
    this.#links.cut(matches)
  }

  /** Lets nothing through for every open link, without ending it. */
  freeze(): void {
    this.#links.freeze()
  }

  /** Ends `freeze`; what was held back arrives late. */
  thaw(): void {
    this.#links.thaw()
  }

  async stop(): Promise<void> {
    this.cut()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #carry(inner: Socket): void {
    inner.on('error', () => {})
    this.#turn += 1
    this.#try(inner, this.#turn, this.#ports.length)
  }

  #try(inner: Socket, turn: number, left: number): void {
    const port = this.#ports[turn % this.#ports.length]
    if (port === undefined || left === 0 || inner.destroyed) {
      inner.destroy()
      return
    }
    const outer = dial(port)
    const refused = () => this.#try(inner, turn + 1, left - 1)
    outer.once('error', refused)
    outer.once('connect', () => {
      if (outer.destroyed) return
      outer.off('error', refused)
      this.#links.join(inner, outer)
      // The client may have given up meanwhile, and said so when nobody listened.
      if (inner.destroyed) outer.destroy()
    })
  }
}
