// Who may do what on which channel, from the configuration's patterns.
import { NowcastError } from '@nowcast/protocol'
import type { User } from '../../core/connection.ts'
import type { HistoryOptions } from '../../engine/engine.ts'
import type { Clock } from '../../foundation/clock.ts'
import type { Rule } from '../../foundation/config/rules.ts'
import type { ResolvedChannelPolicy } from '../../foundation/config/schema.ts'
import type { Logger } from '../../foundation/log.ts'
import { compilePattern, type Pattern } from './pattern.ts'

/** What a client wants to do on a channel. */
export type Action = 'subscribe' | 'publish' | 'readHistory'

/** What holds for one channel. */
export interface ChannelSettings {
  readonly history: HistoryOptions
  readonly latestOnly: boolean
  readonly urgent: boolean
}

interface Resolved extends ChannelSettings {
  readonly params: Readonly<Record<string, string>>
  readonly rules: Readonly<Record<Action, Rule>>
}

const DEFAULT_HISTORY: HistoryOptions = { size: 100, ttlMs: 300_000 }
/** The application's rules may ask others, but who subscribes waits for them. */
const RULE_TIMEOUT_MS = 5_000
const PRIVATE_PREFIXES = ['private-', 'presence-']
/** Resolved names remembered; over it, all are forgotten and resolved again. */
const MAX_REMEMBERED = 10_000

/** The channel policies of an app. */
export class ChannelPolicies {
  #policies: readonly { readonly pattern: Pattern; readonly policy: ResolvedChannelPolicy }[]
  readonly #log: Logger
  readonly #clock: Clock
  readonly #resolved = new Map<string, Resolved>()

  /** @param policies by pattern; the first pattern that matches a name holds */
  constructor(policies: Readonly<Record<string, ResolvedChannelPolicy>>, log: Logger, clock: Clock) {
    this.#log = log
    this.#clock = clock
    this.#policies = compile(policies)
  }

  /** Other policies hold from now on; what was decided stays so. */
  replace(policies: Readonly<Record<string, ResolvedChannelPolicy>>): void {
    this.#policies = compile(policies)
    this.#resolved.clear()
  }

  /** How a channel is kept and delivered. */
  settings(channel: string): ChannelSettings {
    return this.#resolve(channel)
  }

  /**
   * Whether a user may do something on a channel. A rule that throws, rejects or does not answer in time refuses.
   * Answers at once unless the application's rule is asynchronous.
   */
  allows(action: Action, channel: string, user: User | undefined): boolean | Promise<boolean> {
    const { rules, params } = this.#resolve(channel)
    const rule = rules[action]
    if (typeof rule === 'boolean') return rule
    if (user === undefined) return false
    if (rule === 'user') return true
    try {
      const answer = rule({ user, params, channel })
      return typeof answer === 'boolean' ? answer : this.#answerInTime(channel, answer)
    } catch (error) {
      return this.#refuse(channel, error)
    }
  }

  /** The error for what `allows` refused. */
  static refusal(action: Action, channel: string): NowcastError {
    const verb = { subscribe: 'subscribe to', publish: 'publish on', readHistory: 'read the history of' }[
      action
    ]
    return new NowcastError('forbidden', `You may not ${verb} "${channel}".`, { field: 'channel' })
  }

  #answerInTime(channel: string, answer: Promise<boolean>): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = this.#clock.after(RULE_TIMEOUT_MS, () => {
        resolve(this.#refuse(channel, new Error(`The rule has not answered for ${RULE_TIMEOUT_MS} ms.`)))
      })
      const settle = (allowed: boolean) => {
        timer.cancel()
        resolve(allowed)
      }
      Promise.resolve(answer).then(
        (allowed) => settle(Boolean(allowed)),
        (error: unknown) => settle(this.#refuse(channel, error)),
      )
    })
  }

  #refuse(channel: string, error: unknown): false {
    this.#log.error({ channel, error }, 'a channel policy failed; access is refused')
    return false
  }

  #resolve(channel: string): Resolved {
    const known = this.#resolved.get(channel)
    if (known !== undefined) return known
    const resolved = this.#match(channel)
    if (this.#resolved.size >= MAX_REMEMBERED) this.#resolved.clear()
    this.#resolved.set(channel, resolved)
    return resolved
  }

  #match(channel: string): Resolved {
    const open = !PRIVATE_PREFIXES.some((prefix) => channel.startsWith(prefix))
    for (const { pattern, policy } of this.#policies) {
      const params = pattern.match(channel)
      if (params !== undefined) return fromPolicy(policy, params, open)
    }
    const rules = { subscribe: open, publish: false, readHistory: open }
    return { history: DEFAULT_HISTORY, latestOnly: false, urgent: false, params: {}, rules }
  }
}

const compile = (policies: Readonly<Record<string, ResolvedChannelPolicy>>) =>
  Object.entries(policies).map(([pattern, policy]) => ({ pattern: compilePattern(pattern), policy }))

function fromPolicy(
  policy: ResolvedChannelPolicy,
  params: Readonly<Record<string, string>>,
  open: boolean,
): Resolved {
  const subscribe = policy.subscribe ?? open
  const rules = { subscribe, publish: policy.publish ?? false, readHistory: policy.readHistory ?? subscribe }
  return {
    history: historyOptions(policy.history),
    latestOnly: policy.latestOnly,
    urgent: policy.urgent,
    params,
    rules,
  }
}

function historyOptions(history: ResolvedChannelPolicy['history']): HistoryOptions {
  if (history === undefined) return DEFAULT_HISTORY
  return history === false ? { size: 0, ttlMs: 0 } : { size: history.size, ttlMs: history.ttl }
}
