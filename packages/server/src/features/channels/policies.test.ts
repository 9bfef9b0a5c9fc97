// Patterns of names, rules of the application, and what holds without any.
import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../foundation/config/load.ts'
import type { ChannelPolicy } from '../../foundation/config/rules.ts'
import { SimulatedClock } from '../../testing/simulatedClock.ts'
import { compilePattern } from './pattern.ts'
import { ChannelPolicies } from './policies.ts'

const clock = new SimulatedClock()
const silent = pino({ level: 'silent' })
const policies = (channels: Record<string, ChannelPolicy>) =>
  new ChannelPolicies(parseConfig({ channels }).channels, silent, clock)
const ada = { id: 'ada', org: '7' }

describe('patterns', () => {
  it.each([
    ['news', 'news', {}],
    ['news', 'news-2', undefined],
    ['ticker-*', 'ticker-btc-eur', {}],
    ['ticker-*', 'ticker', undefined],
    ['private-org-:org', 'private-org-7', { org: '7' }],
    ['private-org-:org', 'private-org-', undefined],
    ['a-:b-:c', 'a-1-2', { b: '1', c: '2' }],
    ['room.:id', 'roomX1', undefined],
    ['*', 'anything', {}],
  ])('%s on %s', (pattern, channel, params) => {
    expect(compilePattern(pattern).match(channel)).toEqual(params)
  })
})

describe('policies', () => {
  it('open public names for subscribing, nothing for publishing, and close private ones', () => {
    const none = policies({})
    expect(none.allows('subscribe', 'news', undefined)).toBe(true)
    expect(none.allows('readHistory', 'news', undefined)).toBe(true)
    expect(none.allows('publish', 'news', ada)).toBe(false)
    expect(none.allows('subscribe', 'private-x', ada)).toBe(false)
    expect(none.allows('subscribe', 'presence-x', ada)).toBe(false)
  })

  it('stay closed for a private name whose policy says nothing about subscribing', () => {
    expect(policies({ 'private-*': { publish: true } }).allows('subscribe', 'private-x', ada)).toBe(false)
  })

  it('decide by user and named parts; the first pattern that matches holds', async () => {
    const rules = policies({
      'private-org-9': { subscribe: true },
      'private-org-:org': { subscribe: ({ user, params }) => user.org === params.org },
      'private-late-*': { subscribe: async ({ user }) => user.id === 'ada' },
    })
    expect(rules.allows('subscribe', 'private-org-7', ada)).toBe(true)
    expect(rules.allows('subscribe', 'private-org-8', ada)).toBe(false)
    expect(rules.allows('subscribe', 'private-org-9', undefined)).toBe(true)
    expect(rules.allows('subscribe', 'private-org-7', undefined)).toBe(false)
    expect(rules.allows('readHistory', 'private-org-7', ada)).toBe(true)
    expect(await rules.allows('subscribe', 'private-late-1', ada)).toBe(true)
  })

  it('refuse when a rule fails', async () => {
    const rules = policies({
      'private-throws': {
        subscribe: () => {
          throw new Error('no')
        },
      },
      'private-rejects': { subscribe: () => Promise.reject(new Error('no')) },
    })
    expect(rules.allows('subscribe', 'private-throws', ada)).toBe(false)
    expect(await rules.allows('subscribe', 'private-rejects', ada)).toBe(false)
  })

  it('refuse when a rule never answers', async () => {
    const rules = policies({ 'private-hangs': { subscribe: () => new Promise(() => {}) } })
    const answer = rules.allows('subscribe', 'private-hangs', ada)
    await clock.advance(5_000)
    expect(await answer).toBe(false)
  })

  it('say how a channel is kept and delivered', () => {
    const rules = policies({
      kept: { history: { size: 7, ttl: '15m' } },
      unkept: { history: false },
      'ticker-*': { latestOnly: true, urgent: true },
    })
    expect(rules.settings('kept').history).toEqual({ size: 7, ttlMs: 900_000 })
    expect(rules.settings('unkept').history).toEqual({ size: 0, ttlMs: 0 })
    expect(rules.settings('ticker-x')).toMatchObject({ latestOnly: true, urgent: true })
    expect(rules.settings('other').history).toEqual({ size: 100, ttlMs: 300_000 })
  })
})
