// Which command counts against which limit, and for whom. What is not limited costs a look into a table.
import type { Command, CommandType } from '@nowcast/protocol'
import type { Limits } from '../../engine/limits.ts'
import type { Config } from '../../foundation/config/schema.ts'
import type { ResolvedRate } from '../../foundation/rate.ts'
import { type LimitMetrics, limitRefusal, type RateName } from './refusal.ts'

/** Whose commands are counted. */
export interface Limited {
  /** Absent for one who has not signed in: then the address counts. */
  readonly user: { readonly id: string } | undefined
  /** The peer's address, as limits count it. */
  readonly address: string
}

/** A command that counts against a limit. */
interface Usage {
  readonly limit: RateName
  /** `caller`: each user, or address of those who have not signed in, has a window; `app`: all share one. */
  readonly of: 'caller' | 'app'
}

/**
 * The limits of commands. The caller's own one goes first: who has used it up can't use up what all share.
 */
const usages: Partial<Record<CommandType, readonly Usage[]>> = {
  'conversation.send': [
    { limit: 'messages', of: 'caller' },
    { limit: 'app', of: 'app' },
  ],
  publish: [
    { limit: 'events', of: 'caller' },
    { limit: 'app', of: 'app' },
  ],
  'typing.start': [{ limit: 'typing', of: 'caller' }],
  'conversation.create': [{ limit: 'creations', of: 'caller' }],
  'conversation.direct': [{ limit: 'creations', of: 'caller' }],
  'conversation.join': [{ limit: 'joins', of: 'caller' }],
  'conversation.invite': [{ limit: 'joins', of: 'caller' }],
}

type ResolvedUsage = Usage & { readonly rate: ResolvedRate }

/** The limits of commands of one app. */
export class CommandLimits {
  readonly #app: string
  readonly #limits: Limits
  readonly #metrics: LimitMetrics
  #usages: ReadonlyMap<CommandType, readonly ResolvedUsage[]>

  /** @param policies the configured rates */
  constructor(app: string, policies: Config['limits'], limits: Limits, metrics: LimitMetrics) {
    this.#app = app
    this.#limits = limits
    this.#metrics = metrics
    this.#usages = resolve(policies)
  }

  /** Other rates hold from now on. */
  replace(policies: Config['limits']): void {
    this.#usages = resolve(policies)
  }

  /**
   * Counts a command; undefined when it is not limited, so that it can be served at once.
   * @throws NowcastError (by its promise) `limit_exceeded`, naming the limit and when the command will be served
   */
  take(command: Command, caller: Limited): Promise<void> | undefined {
    const found = this.#usages.get(command.type)
    return found === undefined ? undefined : this.#take(found, command, caller)
  }

  async #take(found: readonly ResolvedUsage[], command: Command, caller: Limited): Promise<void> {
    const cost = costOf(command)
    for (const { limit, of, rate } of found) {
      const whose =
        of === 'app' ? '' : caller.user === undefined ? `@${caller.address}` : `:${caller.user.id}`
      const outcome = await this.#limits.take(`${limit}:${this.#app}${whose}`, rate, cost)
      if (outcome.allowed) continue
      this.#metrics.limited(limit)
      throw limitRefusal(limit, rate, outcome, { cost })
    }
  }
}

/** The usages whose limit is configured. */
function resolve(policies: Config['limits']): ReadonlyMap<CommandType, readonly ResolvedUsage[]> {
  const resolved = new Map<CommandType, readonly ResolvedUsage[]>()
  for (const [type, list] of Object.entries(usages)) {
    const limited = list.flatMap((usage) => {
      const rate = policies[usage.limit]
      return rate === false ? [] : [{ ...usage, rate }]
    })
    if (limited.length > 0) resolved.set(type as CommandType, limited)
  }
  return resolved
}

/** Inviting somebody is as much as joining oneself. */
const costOf = (command: Command): number =>
  command.type === 'conversation.invite' ? Math.max(command.users.length, 1) : 1
