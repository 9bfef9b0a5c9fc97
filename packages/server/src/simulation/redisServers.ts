// Simulated Redis servers: the one that is master now, those before it, and the copy that a replica holds.
import type { RedisReply } from '../engine/redis/link.ts'
import type { ScriptName } from '../engine/redis/scripts/scripts.ts'
import { type EndListener, type Route, SimulatedConnection } from './connection.ts'
import { SimulatedProcess } from './process.ts'
import { RedisMemory, type ScriptEffects } from './redisMemory.ts'
import type { World } from './world.ts'

/** What a client asks of a server; answered in the order of asking. */
export type RedisRequest =
  | { readonly kind: 'ping' }
  | {
      readonly kind: 'run'
      readonly script: ScriptName
      readonly keys: readonly string[]
      readonly args: readonly (string | number)[]
    }
  | { readonly kind: 'publish'; readonly name: string; readonly message: string }
  | { readonly kind: 'subscribe' | 'unsubscribe'; readonly names: readonly string[] }

/** What a server sends: an answer, or a message of a channel. */
export type RedisAnswer =
  | { readonly reply: RedisReply; readonly name?: never }
  | { readonly name: string; readonly message: string }

/** Hears of every event that gets a place. */
export type OnPlaced = ScriptEffects['placed']

/** One server, from its start to its end. */
class RedisServer {
  readonly process: SimulatedProcess
  readonly memory: RedisMemory
  readonly runId: string
  readonly #world: World
  readonly #onPlaced: OnPlaced
  readonly #subscribed = new Map<string, Set<(answer: RedisAnswer) => void>>()

  constructor(world: World, memory: RedisMemory, onPlaced: OnPlaced) {
    this.#world = world
    this.#onPlaced = onPlaced
    this.memory = memory
    this.runId = world.newName('run')
    this.process = new SimulatedProcess(world, 'redis', Math.round(world.between(-200, 200)))
  }

  connect(
    route: Route,
    client: SimulatedProcess,
    listener: EndListener<RedisAnswer>,
  ): SimulatedConnection<RedisRequest, RedisAnswer> {
    const send = (answer: RedisAnswer) => connection.server.send(answer)
    const connection: SimulatedConnection<RedisRequest, RedisAnswer> = new SimulatedConnection(
      this.#world,
      route,
      { process: client, listener },
      {
        process: this.process,
        listener: {
          message: (request) => send({ reply: this.#answer(request, send) }),
          closed: () => {
            for (const receivers of this.#subscribed.values()) receivers.delete(send)
          },
        },
      },
    )
    return connection
  }

  #answer(request: RedisRequest, send: (answer: RedisAnswer) => void): RedisReply {
    switch (request.kind) {
      case 'ping':
        return 'PONG'
      case 'run':
        return this.memory.run(
          request.script,
          request.keys,
          request.args,
          this.runId,
          this.process.clock.now(),
          {
            publish: (name, message) => this.#publish(name, message),
            placed: this.#onPlaced,
          },
        )
      case 'publish':
        this.#publish(request.name, request.message)
        return 1
      case 'subscribe':
        for (const name of request.names) {
          const receivers = this.#subscribed.get(name) ?? new Set()
          this.#subscribed.set(name, receivers.add(send))
        }
        return 1
      case 'unsubscribe':
        for (const name of request.names) this.#subscribed.get(name)?.delete(send)
        return 1
    }
  }

  #publish(name: string, message: string): void {
    for (const send of this.#subscribed.get(name) ?? []) send({ name, message })
  }
}

/** The servers behind one address. */
export class RedisServers {
  readonly #world: World
  readonly #onPlaced: OnPlaced
  #master: RedisServer
  #replica = new RedisMemory()
  #demoted: RedisServer[] = []

  constructor(world: World, onPlaced: OnPlaced) {
    this.#world = world
    this.#onPlaced = onPlaced
    this.#master = new RedisServer(world, new RedisMemory(), onPlaced)
  }

  /** The master's process. */
  get process(): SimulatedProcess {
    return this.#master.process
  }

  /** Where a channel stands; undefined when this master has not touched it. */
  place(key: string): { readonly epoch: string; readonly offset: number } | undefined {
    const place = this.#master.memory.place(key)
    return place?.run === this.#master.runId ? place : undefined
  }

  /** Connects to the master; the connection is closed at once when it is dead. */
  connect(
    route: Route,
    client: SimulatedProcess,
    listener: EndListener<RedisAnswer>,
  ): SimulatedConnection<RedisRequest, RedisAnswer> {
    const server = this.#master
    const connection = server.connect(route, client, listener)
    if (server.process.state === 'dead') connection.server.close()
    return connection
  }

  /** The replica, or the file on disk, comes as far as the master is. */
  replicate(): void {
    if (this.#master.process.state !== 'dead') this.#replica = this.#master.memory.copy()
  }

  /** The master dies. */
  crash(): void {
    this.#world.note('redis', 'dies')
    this.#master.process.kill()
  }

  /** A server is there again, empty or with what the replica knows. */
  restart(from: 'nothing' | 'replica'): void {
    this.#master.process.kill()
    this.#begin(from)
  }

  /** The replica is promoted while the master still serves whoever is connected to it. */
  promote(): void {
    this.#demoted.push(this.#master)
    this.#begin('replica')
  }

  /** Masters of before are gone. */
  demote(): void {
    for (const server of this.#demoted) server.process.kill()
    this.#demoted = []
  }

  #begin(from: 'nothing' | 'replica'): void {
    const memory = from === 'nothing' ? new RedisMemory() : this.#replica.copy()
    this.#master = new RedisServer(this.#world, memory, this.#onPlaced)
    this.#world.note('redis', 'starts', `as ${this.#master.runId} from ${from}`)
  }
}
