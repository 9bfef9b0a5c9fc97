// What the engine needs of Redis: scripts that run atomically, and sharded publish/subscribe. One implementation speaks to
// servers, another one simulates them.
import type { ScriptName } from './scripts/scripts.ts'

/** What a link tells its engine. */
export interface RedisLinkListener {
  message(name: string, message: string): void
  /** Subscriptions work, and none is left of before: messages in between were lost. */
  subscriberReady(): void
  subscriberLost(): void
  /** Commands reach a server again, perhaps another one than before. */
  commandsReady(): void
}

/** A reply of Redis, as scripts give it. */
export type RedisReply = string | number | null | readonly RedisReply[]

/** Links to Redis: one for commands, one for subscriptions. */
export interface RedisLink {
  /** Connects. @throws StartupError when Redis can't be reached */
  start(listener: RedisLinkListener): Promise<void>
  stop(): Promise<void>
  /**
   * Runs a script. Calls of one turn of the event loop travel together.
   * @throws NowcastError `unavailable`; then it may have run all the same
   */
  run(script: ScriptName, keys: readonly string[], args: readonly (string | number)[]): Promise<RedisReply>
  /** @throws NowcastError `unavailable` */
  publish(name: string, message: string): Promise<void>
  /** From when this resolves, every message reaches the listener. @throws NowcastError `unavailable` */
  subscribe(names: readonly string[]): Promise<void>
  unsubscribe(names: readonly string[]): Promise<void>
  /** Milliseconds until Redis gave a sign of life. @throws NowcastError `unavailable` */
  ping(): Promise<number>
}
