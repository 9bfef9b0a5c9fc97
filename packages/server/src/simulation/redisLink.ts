// A link to the simulated Redis, with the habits of the real one: commands time out, a silent server is left, and a lost
// connection is made anew after a while.
import { NowcastError } from '@nowcast/protocol'
import type { RedisLink, RedisLinkListener, RedisReply } from '../engine/redis/link.ts'
import type { ScriptName } from '../engine/redis/scripts/scripts.ts'
import type { Timer } from '../foundation/clock.ts'
import type { Route, SimulatedConnection } from './connection.ts'
import type { SimulatedProcess } from './process.ts'
import type { RedisAnswer, RedisRequest, RedisServers } from './redisServers.ts'
import type { World } from './world.ts'

const COMMAND_TIMEOUT_MS = 2_000
const SIGN_OF_LIFE_MS = 1_000
const MIN_RETRY_MS = 50
const MAX_RETRY_MS = 1_000

/** Where a link leads. */
export interface RedisLinkParts {
  readonly world: World
  readonly process: SimulatedProcess
  readonly route: Route
  readonly servers: RedisServers
}

interface Pending {
  readonly resolve: (reply: RedisReply) => void
  readonly reject: (error: NowcastError) => void
  readonly timeout: Timer
}

interface ClientListener {
  ready(): void
  lost(): void
  message(name: string, message: string): void
}

/** One connection that is made anew when it is lost. */
class RedisClient {
  readonly #parts: RedisLinkParts
  readonly #listener: ClientListener
  #connection: SimulatedConnection<RedisRequest, RedisAnswer> | undefined
  #isReady = false
  #isStopped = false
  #attempts = 0
  #pending: Pending[] = []
  #waiting: Timer | undefined

  constructor(parts: RedisLinkParts, listener: ClientListener) {
    this.#parts = parts
    this.#listener = listener
  }

  open(): void {
    const { servers, route, process } = this.#parts
    const connection = servers.connect(route, process, {
      message: (answer) => this.#receive(answer),
      closed: () => this.#lost(),
    })
    this.#connection = connection
    this.#call({ kind: 'ping' }).then(
      () => this.#connection === connection && this.#ready(),
      () => this.#connection === connection && this.#abandon(),
    )
    this.#watch()
  }

  call(request: RedisRequest): Promise<RedisReply> {
    return this.#isReady ? this.#call(request) : Promise.reject(unavailable())
  }

  break(): void {
    this.#connection?.break()
  }

  stop(): void {
    this.#isStopped = true
    this.#waiting?.cancel()
    this.#connection?.client.close()
    this.#connection = undefined
    this.#rejectAll()
  }

  #call(request: RedisRequest): Promise<RedisReply> {
    return new Promise((resolve, reject) => {
      const timeout = this.#parts.process.clock.after(COMMAND_TIMEOUT_MS, () => reject(unavailable()))
      this.#pending.push({ resolve, reject, timeout })
      this.#connection?.client.send(request)
    })
  }

  #receive(answer: RedisAnswer): void {
    if (answer.name !== undefined) {
      this.#listener.message(answer.name, answer.message)
      return
    }
    const pending = this.#pending.shift()
    pending?.timeout.cancel()
    pending?.resolve(answer.reply)
  }

  #ready(): void {
    this.#isReady = true
    this.#attempts = 0
    this.#listener.ready()
  }

  #watch(): void {
    const connection = this.#connection
    this.#waiting = this.#parts.process.clock.after(SIGN_OF_LIFE_MS, () => {
      if (!this.#isReady) {
        this.#watch()
        return
      }
      this.#call({ kind: 'ping' }).then(
        () => this.#connection === connection && this.#watch(),
        () => this.#connection === connection && this.#abandon(),
      )
    })
  }

  #abandon(): void {
    if (this.#connection === undefined) return
    this.#connection.client.close()
    this.#lost()
  }

  #lost(): void {
    this.#connection = undefined
    this.#waiting?.cancel()
    const wasReady = this.#isReady
    this.#isReady = false
    this.#rejectAll()
    if (this.#isStopped) return
    if (wasReady) this.#listener.lost()
    const { world, process } = this.#parts
    const delayMs = Math.min(MIN_RETRY_MS * 2 ** this.#attempts, MAX_RETRY_MS) * world.between(0.5, 1)
    this.#attempts += 1
    this.#waiting = process.clock.after(delayMs, () => this.open())
  }

  #rejectAll(): void {
    const pending = this.#pending
    this.#pending = []
    for (const { reject, timeout } of pending) {
      timeout.cancel()
      reject(unavailable())
    }
  }
}

/** Links a node to the simulated servers. */
export class SimulatedRedisLink implements RedisLink {
  readonly #commands: RedisClient
  readonly #subscriber: RedisClient
  #listener: RedisLinkListener | undefined
  #started = () => {}

  constructor(parts: RedisLinkParts) {
    const wereReady = new Set<string>()
    const onReady = (which: string) => {
      if (wereReady.add(which).size === 2) this.#started()
    }
    this.#commands = new RedisClient(parts, {
      ready: () => {
        this.#listener?.commandsReady()
        onReady('commands')
      },
      lost: () => {},
      message: () => {},
    })
    this.#subscriber = new RedisClient(parts, {
      ready: () => {
        this.#listener?.subscriberReady()
        onReady('subscriber')
      },
      lost: () => this.#listener?.subscriberLost(),
      message: (name, message) => this.#listener?.message(name, message),
    })
  }

  /** Resolves when both connections work; there is no end to the patience. */
  start(listener: RedisLinkListener): Promise<void> {
    this.#listener = listener
    this.#commands.open()
    this.#subscriber.open()
    return new Promise((resolve) => {
      this.#started = resolve
    })
  }

  async stop(): Promise<void> {
    this.#commands.stop()
    this.#subscriber.stop()
  }

  run(script: ScriptName, keys: readonly string[], args: readonly (string | number)[]): Promise<RedisReply> {
    return this.#commands.call({ kind: 'run', script, keys, args })
  }

  async publish(name: string, message: string): Promise<void> {
    await this.#commands.call({ kind: 'publish', name, message })
  }

  async subscribe(names: readonly string[]): Promise<void> {
    await this.#subscriber.call({ kind: 'subscribe', names })
  }

  async unsubscribe(names: readonly string[]): Promise<void> {
    await this.#subscriber.call({ kind: 'unsubscribe', names })
  }

  async ping(): Promise<number> {
    await this.#commands.call({ kind: 'ping' })
    return 1
  }

  /** Breaks one of the two connections. */
  break(which: 'commands' | 'subscriber'): void {
    if (which === 'commands') this.#commands.break()
    else this.#subscriber.break()
  }
}

const unavailable = () => new NowcastError('unavailable', 'Redis is out of reach.', { retryAfterMs: 500 })
