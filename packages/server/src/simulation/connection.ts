// Connections as TCP makes them: messages take their time, keep their order, and arrive or the connection ends.
import type { SimulatedProcess } from './process.ts'
import type { World } from './world.ts'

/** Messages that arrive so close to one another are read together. */
const READ_TOGETHER_MS = 1

/** The way between two places, which may be slow or interrupted. */
export class Route {
  readonly #world: World
  readonly #pipes = new Set<{ resume(): void }>()
  #interrupted = false
  /** How many times slower than usual. */
  slowness = 1

  constructor(world: World) {
    this.#world = world
  }

  get isInterrupted(): boolean {
    return this.#interrupted
  }

  /** How long the next message takes. */
  delayMs(): number {
    const { random } = this.#world
    const usual = 0.1 + random.next() * 1.5
    return this.slowness * (random.next() < 0.05 ? usual * 10 : usual)
  }

  /** Nothing passes any more, and nobody is told. */
  interrupt(): void {
    this.#interrupted = true
  }

  /** What has waited passes. */
  heal(): void {
    if (!this.#interrupted) return
    this.#interrupted = false
    for (const pipe of this.#pipes) pipe.resume()
  }

  add(pipe: { resume(): void }): void {
    this.#pipes.add(pipe)
  }

  remove(pipe: { resume(): void }): void {
    this.#pipes.delete(pipe)
  }
}

/** Hears what arrives at one end. */
export interface EndListener<T> {
  message(message: T): void
  /** Called at most once, not when this end closed it itself. */
  closed(): void
}

/** One direction of a connection. */
class Pipe<T> {
  readonly #world: World
  readonly #route: Route
  readonly #receiver: SimulatedProcess
  readonly #listener: EndListener<T>
  #queue: { readonly at: number; readonly message: T | undefined }[] = []
  #last = 0
  #isOpen = true

  constructor(world: World, route: Route, receiver: SimulatedProcess, listener: EndListener<T>) {
    this.#world = world
    this.#route = route
    this.#receiver = receiver
    this.#listener = listener
    route.add(this)
  }

  /** @param message undefined: the end */
  send(message: T | undefined): void {
    if (!this.#isOpen) return
    this.#last = Math.max(this.#last, this.#world.scheduler.now + this.#route.delayMs())
    this.#queue.push({ at: this.#last, message })
    this.#wake()
  }

  /** What is on its way gets lost, and the receiver hears nothing any more. */
  cut(): void {
    this.#isOpen = false
    this.#queue = []
    this.#route.remove(this)
  }

  /** What is on its way gets lost, and the receiver hears that it did. */
  breakOff(): void {
    this.#queue = []
    this.send(undefined)
  }

  resume(): void {
    if (this.#queue.length === 0) return
    this.#last = Math.max(this.#last, this.#world.scheduler.now + this.#route.delayMs())
    this.#wake()
  }

  #wake(): void {
    this.#world.scheduler.after(this.#last - this.#world.scheduler.now, () => this.#arrive())
  }

  #arrive(): void {
    if (this.#route.isInterrupted) return
    const until = this.#world.scheduler.now + (this.#world.chance(0.5) ? READ_TOGETHER_MS : 0)
    const read: (T | undefined)[] = []
    for (;;) {
      const next = this.#queue[0]
      if (next === undefined || next.at > until) break
      this.#queue.shift()
      read.push(next.message)
    }
    if (read.length > 0) this.#receiver.deliver(() => this.#receive(read))
  }

  #receive(messages: readonly (T | undefined)[]): void {
    for (const message of messages) {
      if (!this.#isOpen) return
      if (message !== undefined) this.#listener.message(message)
      else {
        this.cut()
        this.#listener.closed()
      }
    }
  }
}

/** One end of a connection. */
export interface End<T> {
  send(message: T): void
  /** Closes it; this end hears nothing more. What was sent before still arrives. */
  close(): void
}

/** A connection between two processes. */
export class SimulatedConnection<Request, Reply> {
  readonly client: End<Request>
  readonly server: End<Reply>
  readonly #up: Pipe<Request>
  readonly #down: Pipe<Reply>
  readonly #world: World
  readonly #forget: (() => void)[]

  /** @param accept called for the server's end, which is alive */
  constructor(
    world: World,
    route: Route,
    client: { readonly process: SimulatedProcess; readonly listener: EndListener<Reply> },
    server: { readonly process: SimulatedProcess; readonly listener: EndListener<Request> },
  ) {
    this.#world = world
    this.#up = new Pipe(world, route, server.process, server.listener)
    this.#down = new Pipe(world, route, client.process, client.listener)
    this.client = {
      send: (message) => this.#up.send(message),
      close: () => this.#close(this.#up, this.#down),
    }
    this.server = {
      send: (message) => this.#down.send(message),
      close: () => this.#close(this.#down, this.#up),
    }
    this.#forget = [
      client.process.onDeath(() => this.client.close()),
      server.process.onDeath(() => this.server.close()),
    ]
  }

  /** Breaks it: replies on their way get lost, requests perhaps; both ends are told. */
  break(): void {
    this.#down.breakOff()
    if (this.#world.chance(0.5)) this.#up.breakOff()
    else this.#up.send(undefined)
  }

  #close(outgoing: Pipe<unknown>, incoming: Pipe<unknown>): void {
    for (const forget of this.#forget) forget()
    incoming.cut()
    outgoing.send(undefined)
  }
}
