// The link to real servers: single, Sentinel or Cluster. One client for commands, one for subscriptions, both watched.
import { createHash } from 'node:crypto'
import { NowcastError } from '@nowcast/protocol'
import { type CircuitBreakerPolicy, ConsecutiveBreaker, circuitBreaker, handleAll } from 'cockatiel'
import type { Clock, Timer } from '../../foundation/clock.ts'
import type { Logger } from '../../foundation/log.ts'
import { StartupError } from '../../foundation/startupError.ts'
import { describeRedisAddress, type RedisAddress } from './address.ts'
import { createRedisClient, type RedisClient } from './clients.ts'
import type { RedisLink, RedisLinkListener, RedisReply } from './link.ts'
import { type ScriptName, scripts } from './scripts/scripts.ts'

const START_PATIENCE_MS = 5_000
const COMMAND_TIMEOUT_MS = 2_000
const BREAKER_FAILURES = 5
const BREAKER_OPEN_MS = 500
const SIGN_OF_LIFE_MS = 1_000
const MIN_VERSION = 7

const hashes = Object.fromEntries(
  Object.entries(scripts).map(([name, lua]) => [name, createHash('sha1').update(lua).digest('hex')]),
)

/** Links to Redis servers. */
export class IoredisLink implements RedisLink {
  readonly #address: RedisAddress
  readonly #clock: Clock
  readonly #log: Logger
  readonly #commands: RedisClient
  readonly #subscriber: RedisClient
  readonly #breaker: CircuitBreakerPolicy
  #watching: Timer | undefined
  #stopped = false

  /** @param name shown by Redis for these connections */
  constructor(address: RedisAddress, name: string, clock: Clock, log: Logger) {
    this.#address = address
    this.#clock = clock
    this.#log = log
    this.#commands = createRedisClient(address, name, COMMAND_TIMEOUT_MS)
    this.#subscriber = createRedisClient(address, `${name}-subscriber`, COMMAND_TIMEOUT_MS)
    this.#breaker = circuitBreaker(handleAll, {
      halfOpenAfter: BREAKER_OPEN_MS,
      breaker: new ConsecutiveBreaker(BREAKER_FAILURES),
    })
    this.#breaker.onBreak(() => log.error('Redis is out of reach; what needs it is refused until it is back'))
    this.#breaker.onReset(() => log.info('Redis is back'))
  }

  async start(listener: RedisLinkListener): Promise<void> {
    for (const client of [this.#commands, this.#subscriber]) {
      // Each failure is told by the command that it fails; without a listener the process would end.
      client.on('error', ({ message }: Error) =>
        this.#log.debug({ reason: message }, 'a Redis connection failed'),
      )
    }
    this.#subscriber.on('smessage', (name: string, message: string) => listener.message(name, message))
    try {
      await Promise.all([this.#connected(this.#commands), this.#connected(this.#subscriber)])
      await this.#requireVersion()
    } catch (cause) {
      await this.stop()
      throw cause instanceof StartupError ? cause : this.#unreachable(cause)
    }
    this.#subscriber.on('ready', () => listener.subscriberReady())
    this.#commands.on('ready', () => listener.commandsReady())
    this.#subscriber.on('close', () => listener.subscriberLost())
    listener.subscriberReady()
    this.#watch()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#watching?.cancel()
    this.#commands.disconnect()
    this.#subscriber.disconnect()
  }

  run(script: ScriptName, keys: readonly string[], args: readonly (string | number)[]): Promise<RedisReply> {
    return this.#guarded(async () => {
      const parameters = [keys.length, ...keys, ...args] as const
      try {
        // Scripts answer with strings, numbers and lists of them.
        return (await this.#commands.evalsha(hashes[script] ?? '', ...parameters)) as RedisReply
      } catch (error) {
        if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error
        return (await this.#commands.eval(scripts[script], ...parameters)) as RedisReply
      }
    })
  }

  async publish(name: string, message: string): Promise<void> {
    await this.#guarded(() => this.#commands.spublish(name, message))
  }

  async subscribe(names: readonly string[]): Promise<void> {
    await this.#subscription(names, (some) => this.#subscriber.ssubscribe(...some))
  }

  async unsubscribe(names: readonly string[]): Promise<void> {
    await this.#subscription(names, (some) => this.#subscriber.sunsubscribe(...some))
  }

  async ping(): Promise<number> {
    const startedAt = performance.now()
    await this.#commands.ping().catch(unavailable)
    return performance.now() - startedAt
  }

  // The channels of one command must be of one slot where there are slots.
  async #subscription(
    names: readonly string[],
    send: (some: readonly string[]) => Promise<unknown>,
  ): Promise<void> {
    const groups = this.#address.kind === 'cluster' ? names.map((name) => [name]) : [names]
    await Promise.all(groups.map(send)).catch(unavailable)
  }

  async #guarded<T>(work: () => Promise<T>): Promise<T> {
    return this.#breaker.execute(work).catch(unavailable)
  }

  async #connected(client: RedisClient): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined
    const ready = new Promise<void>((resolve, reject) => {
      let reason: unknown = new Error('no answer in time')
      timer = setTimeout(() => reject(reason), START_PATIENCE_MS)
      client.on('error', (error) => {
        reason = error
      })
      client.once('ready', resolve)
    })
    // Tried again until it works or the patience ends, whatever becomes of the first attempt.
    client.connect().catch(() => {})
    try {
      await ready
    } finally {
      clearTimeout(timer)
    }
  }

  async #requireVersion(): Promise<void> {
    const version = /redis_version:(\d+)/.exec(await this.#commands.info('server'))?.[1]
    if (Number(version) >= MIN_VERSION) return
    throw new StartupError(
      `${describeRedisAddress(this.#address)} is version ${version}; Nowcast needs Redis ${MIN_VERSION} or newer, or Valkey.`,
    )
  }

  // A server that is frozen, or a link that died silently, does not tell: a sign of life is asked for.
  #watch(): void {
    this.#watching = this.#clock.after(SIGN_OF_LIFE_MS, () => {
      const pings = [this.#commands, this.#subscriber].map(async (client) => {
        if (client.status !== 'ready') return
        await client.ping().catch(({ message }: Error) => {
          if (!this.#stopped && /timed out/i.test(message)) reconnect(client)
        })
      })
      void Promise.all(pings).then(() => this.#stopped || this.#watch())
    })
  }

  #unreachable(cause: unknown): StartupError {
    const reason = cause instanceof Error ? cause.message : String(cause)
    return new StartupError(`${describeRedisAddress(this.#address)} can't be used: ${reason}.`, { cause })
  }
}

function reconnect(client: RedisClient): void {
  client.disconnect(true)
}

function unavailable(cause: unknown): never {
  throw new NowcastError('unavailable', 'Redis is out of reach.', { retryAfterMs: BREAKER_OPEN_MS, cause })
}
