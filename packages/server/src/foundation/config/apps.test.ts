// What holds for each app, from a configuration and from JSON.
import { expect, it } from 'vitest'
import { configuredApps, parseAppPolicies } from './apps.ts'
import { parseConfig } from './load.ts'

const shop = { id: 'shop', key: 'shop-key', secret: 's' }

it('takes the policies of an app as a whole in place of the shared ones', () => {
  const config = parseConfig({
    channels: { 'a-*': { publish: true } },
    limits: { messages: '5/min', events: '5/min' },
    pusher: { maxMembers: 7 },
    app: { keys: [{ key: 'old', secret: 'o' }] },
    apps: [{ ...shop, limits: { messages: '1/s' }, channels: {}, enabled: false }],
  })
  const [first, second] = configuredApps(config)
  expect(first).toMatchObject({ id: '1', enabled: true, hasOwnLimits: false, channels: config.channels })
  expect(first.keys.map(({ key }) => key)).toEqual(['dev-key', 'old'])
  expect(second).toMatchObject({ id: 'shop', enabled: false, hasOwnLimits: true, channels: {} })
  expect(second?.limits).toMatchObject({ messages: { count: 1 }, events: false })
  expect(second?.pusher.maxMembers).toBe(7)
  expect(second?.webhooks).toEqual(config.webhooks)
})

it.each([
  ['apps.0.id', { apps: [{ ...shop, id: '1' }] }],
  ['apps.1.id', { apps: [shop, { ...shop, key: 'other' }] }],
  ['apps.0.key', { apps: [{ ...shop, key: 'dev-key' }] }],
  ['apps.1.key', { apps: [shop, { ...shop, id: 'other' }] }],
  ['apps.0.key', { apps: [{ ...shop, keys: [{ key: 'shop-key', secret: 's' }] }] }],
  ['apps.0.key', { app: { keys: [{ key: 'shop-key', secret: 's' }] }, apps: [shop] }],
  ['apps.0.id', { apps: [{ ...shop, id: 'with:colon' }] }],
  ['app.key', { app: { key: 'with space' } }],
])('refuses at %s what two apps would share, or no app can have', (where, input) => {
  expect(() => parseConfig(input)).toThrow(`"${where}": `)
})

it.each([
  [{}, undefined],
  [{ channels: { '*': { subscribe: 'user', history: false } }, limits: { app: '9/s' } }, undefined],
  [{ channels: { '*': { subscribe: 'everybody' } } }, '"policies.channels.*.subscribe": '],
  [{ pusher: { maxBatch: 0 } }, '"policies.pusher.maxBatch": '],
  [{ secret: 's' }, '"policies.": '],
  ['{}', '"policies.": '],
  [null, '"policies.": '],
])('reads %j from JSON, or says the mistake', (json, mistake) => {
  const parsed = parseAppPolicies(json)
  if (mistake === undefined) expect(parsed.mistake).toBe(undefined)
  else expect(parsed.mistake).toContain(mistake)
})
