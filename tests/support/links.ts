// Pairs of TCP sockets that carry each other's bytes, and that can be cut, frozen and thawed.
import { connect, type Socket } from 'node:net'

interface Link {
  readonly inner: Socket
  readonly outer: Socket
}

/** Connects to a port of this machine. */
export function dial(port: number): Socket {
  const socket = connect(port, '127.0.0.1')
  socket.once('connect', () => {
    // Where nobody listens, a connection may by chance be made from the port to itself, and would keep it taken.
    if (socket.localPort === port) socket.destroy(new Error('Nobody listens there.'))
  })
  return socket
}

/** The links of a relay or a balancer. */
export class Links {
  readonly #links = new Set<Link>()
  readonly #frozen = new Set<Link>()

  /** Links that are open now. */
  get size(): number {
    return this.#links.size
  }

  /** Carries bytes both ways until one of the two ends. */
  join(inner: Socket, outer: Socket): void {
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
        this.#frozen.delete(link)
      })
      from.pipe(to)
    }
  }

  /** Ends links at once, as a failing network does. */
  cut(matches: (index: number) => boolean = () => true): void {
    for (const [index, { inner, outer }] of [...this.#links].entries()) {
      if (!matches(index)) continue
      inner.destroy()
      outer.destroy()
    }
  }

  /** Lets nothing through for every open link, without ending it. */
  freeze(): void {
    for (const link of this.#links) {
      const { inner, outer } = link
      this.#frozen.add(link)
      inner.unpipe(outer)
      outer.unpipe(inner)
      inner.pause()
      outer.pause()
    }
  }

  /** Ends `freeze`: what was held back arrives late. */
  thaw(): void {
    for (const { inner, outer } of this.#frozen) {
      inner.pipe(outer)
      outer.pipe(inner)
    }
    this.#frozen.clear()
  }
}
