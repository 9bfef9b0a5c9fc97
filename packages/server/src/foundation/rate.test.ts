// Rates as they are written, refused, and told to people.
import { expect, it } from 'vitest'
import { parseConfig } from './config/load.ts'
import { describeRate, rate } from './rate.ts'

it.each([
  ['60/min', 60, 60_000, '60 things a minute'],
  ['20/h', 20, 3_600_000, '20 things an hour'],
  ['1000/15min', 1_000, 900_000, '1000 things in 15 minutes'],
  ['5/d', 5, 86_400_000, '5 things a day'],
  ['1/2s', 1, 2_000, '1 things in 2 seconds'],
])('%s is so many within so much time', (text, count, windowMs, told) => {
  const resolved = rate.parse(text)
  expect(resolved).toEqual({ count, windowMs })
  expect(describeRate(resolved, 'things')).toBe(told)
})

it.each(['', '60', '60/', '60/m', '/min', '0/min', '60/0min', '-1/min', '1.5/s', '1/s ', '1e3/s', 60, null])(
  'refuses %j',
  (text) => {
    expect(rate.safeParse(text).success).toBe(false)
    expect(() => parseConfig({ limits: { joins: text } })).toThrow('"limits.joins": a rate such as 60/min')
  },
)

it('stays as it is when a configuration is read once more', () => {
  const config = parseConfig({ limits: { messages: '30/min', joins: false } })
  expect(config.limits).toMatchObject({ messages: { count: 30, windowMs: 60_000 }, joins: false })
  expect(parseConfig(config).limits).toEqual(config.limits)
})
