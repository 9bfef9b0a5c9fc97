// Apps of the configuration and of the database, brought together; what can't be read or used changes nothing.
import { NowcastError } from '@nowcast/protocol'
import { pino } from 'pino'
import { expect, it } from 'vitest'
import { type AppSettings, configuredApps } from '../../foundation/config/apps.ts'
import { parseConfig } from '../../foundation/config/load.ts'
import type { StoredApp } from '../../store/appStore.ts'
import { SimulatedClock } from '../../testing/simulatedClock.ts'
import { AppSource } from './appSource.ts'

const config = parseConfig({
  limits: { messages: '7/min' },
  apps: [{ id: 'filed', key: 'filed-key', secret: 's' }],
})

const stored = (id: string, fields: Partial<StoredApp> = {}): StoredApp => ({
  id,
  name: id,
  enabled: true,
  policies: {},
  keys: [{ key: `${id}-key`, secret: 's' }],
  ...fields,
})

function createSource() {
  const clock = new SimulatedClock()
  const state = { apps: [] as readonly StoredApp[], isDown: false, reads: 0 }
  const applied: (readonly AppSettings[])[] = []
  const lines: string[] = []
  const log = pino({ level: 'error' }, { write: (line: string) => lines.push(line) })
  const source = new AppSource({
    store: {
      list: async () => {
        state.reads += 1
        if (state.isDown) throw new NowcastError('unavailable', 'It is down.')
        return state.apps
      },
    },
    registry: { apply: (apps) => applied.push(apps) },
    shared: config,
    configured: configuredApps(config),
    clock,
    log,
  })
  const refresh = async () => {
    source.refresh()
    await clock.advance(0)
  }
  const latest = (id: string) => applied.at(-1)?.find((app) => app.id === id)
  const mistakes = () => lines.splice(0).map((line) => JSON.parse(line).mistake)
  return { source, clock, state, applied, refresh, latest, mistakes }
}

it('gives apps of the database what is shared, where they have nothing of their own', async () => {
  const { source, state, applied, latest } = createSource()
  state.apps = [stored('plain'), stored('own', { policies: { limits: { messages: '1/s' } } })]
  await source.start()
  expect(applied.at(-1)?.map(({ id }) => id)).toEqual(['1', 'filed', 'plain', 'own'])
  expect(latest('plain')).toMatchObject({ limits: { messages: { count: 7 } }, hasOwnLimits: false })
  expect(latest('own')).toMatchObject({ limits: { messages: { count: 1 } }, hasOwnLimits: true })
  source.stop()
})

it('keeps the last good policies of an app whose policies can not be used, and says why once', async () => {
  const { source, state, refresh, latest, mistakes } = createSource()
  state.apps = [stored('a', { policies: { pusher: { maxMembers: 5 } } })]
  await source.start()
  // Who takes away a key means it, whatever else is wrong.
  const broken = {
    policies: { pusher: { maxMembers: 'many' } },
    enabled: false,
    keys: [{ key: 'next', secret: 's' }],
  }
  state.apps = [stored('a', broken), stored('new', { keys: [] })]
  for (let time = 0; time < 3; time += 1) await refresh()
  expect(latest('a')?.pusher.maxMembers).toBe(5)
  expect(latest('a')).toMatchObject({ enabled: false, keys: [{ key: 'next' }] })
  expect(latest('new')).toBe(undefined)
  expect(mistakes()).toEqual([expect.stringContaining('"policies.pusher.maxMembers"'), 'it has no key'])
  state.apps = [stored('a')]
  await refresh()
  expect(latest('a')?.pusher.maxMembers).toBe(100)
  state.apps = [stored('a', broken)]
  await refresh()
  expect(mistakes()).toHaveLength(1)
  state.apps = [stored('a', { keys: [] })]
  await refresh()
  expect(latest('a')).toBe(undefined)
  source.stop()
})

it('lets the configuration win where both have an app or a key, also when it is read again', async () => {
  const { source, state, latest, mistakes } = createSource()
  const two = [
    { key: 'filed-key', secret: 'guessed' },
    { key: 'own', secret: 's' },
  ]
  state.apps = [
    stored('1'),
    stored('a', { keys: two }),
    stored('b', { keys: [{ key: 'dev-key', secret: 'g' }] }),
  ]
  await source.start()
  expect(latest('1')?.keys).toEqual([{ key: 'dev-key', secret: 'dev-secret' }])
  expect(latest('a')?.keys).toEqual([{ key: 'own', secret: 's' }])
  expect(latest('b')).toBe(undefined)
  expect(mistakes()).toHaveLength(3)
  source.configure(configuredApps(parseConfig({})))
  expect(latest('filed')).toBe(undefined)
  expect(latest('a')?.keys).toEqual(two)
  source.stop()
})

it('reads again every half minute, and soon when the database was out of reach', async () => {
  const { source, clock, state, applied, refresh, latest } = createSource()
  state.apps = [stored('a')]
  await source.start()
  await clock.advance(30_000)
  expect(state.reads).toBe(2)
  state.isDown = true
  await refresh()
  expect(latest('a')).toBeDefined()
  state.isDown = false
  state.apps = [stored('b')]
  await clock.advance(1_000)
  expect([latest('a'), latest('b')?.id]).toEqual([undefined, 'b'])
  source.stop()
  const count = applied.length
  await clock.advance(120_000)
  expect(applied).toHaveLength(count)
})

it('reads once more when something changes while it reads', async () => {
  const { source, clock, state } = createSource()
  await source.start()
  for (let time = 0; time < 5; time += 1) source.refresh()
  await clock.advance(0)
  expect(state.reads).toBe(3)
  source.stop()
})
