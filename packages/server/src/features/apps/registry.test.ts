// Apps come, change and go; what belongs to one that went is stopped a while later, unless it comes back.
import { expect, it } from 'vitest'
import type { AppSettings } from '../../foundation/config/apps.ts'
import { configuredApps } from '../../foundation/config/apps.ts'
import { parseConfig } from '../../foundation/config/load.ts'
import { createLogger } from '../../foundation/log.ts'
import { SimulatedClock } from '../../testing/simulatedClock.ts'
import type { AppFeatures } from './app.ts'
import { AppRegistry, type ManagedApp } from './registry.ts'

const A_WHILE_MS = 60_000

function settings(id: string, fields: Partial<AppSettings> = {}): AppSettings {
  const [configured] = configuredApps(parseConfig({ app: { id, key: `${id}-key`, secret: `${id}-secret` } }))
  return { ...configured, ...fields }
}

/** A registry that notes what happens to its apps. */
function createRegistry(maxApps?: number) {
  const clock = new SimulatedClock()
  const events: string[] = []
  // Nothing here looks at them.
  const features = {} as AppFeatures
  const build = (first: AppSettings): ManagedApp => {
    let now = first
    events.push(`build ${first.id}`)
    return {
      id: first.id,
      get enabled() {
        return now.enabled
      },
      get keys() {
        return now.keys
      },
      get pusher() {
        return now.pusher
      },
      features,
      update(next) {
        now = next
      },
      start: () => events.push(`start ${first.id}`),
      stop: async () => {
        events.push(`stop ${first.id}`)
      },
    }
  }
  const registry = new AppRegistry({
    build,
    clock,
    log: createLogger('silent'),
    ...(maxApps === undefined ? {} : { maxApps }),
  })
  registry.onClosed((app, { code }) => events.push(`close ${app}: ${code}`))
  return { registry, clock, events, taken: () => events.splice(0) }
}

const ids = (registry: AppRegistry) => [...registry.all()].map(({ id }) => id)

it('finds apps by id and by each of their keys, as they are now', () => {
  const { registry, taken } = createRegistry()
  const keys = [
    { key: 'new', secret: 's1' },
    { key: 'old', secret: 's2' },
  ] as const
  registry.apply([settings('a'), settings('b', { keys })])
  expect(taken()).toEqual(['build a', 'start a', 'build b', 'start b'])
  expect(registry.byKey('a-key')).toMatchObject({ app: { id: 'a' }, secret: 'a-secret' })
  expect(registry.byKey('old')).toMatchObject({ app: { id: 'b' }, secret: 's2' })
  registry.apply([settings('a'), settings('b', { keys: [keys[0]] })])
  expect(registry.byKey('old')).toBe(undefined)
  expect([registry.byId('b')?.keys.length, registry.byId('c')]).toEqual([1, undefined])
  expect(taken()).toEqual([])
})

it('tells once that an app is disabled, and keeps it', () => {
  const { registry, taken } = createRegistry()
  registry.apply([settings('a'), settings('off', { enabled: false })])
  taken()
  for (let time = 0; time < 2; time += 1) registry.apply([settings('a', { enabled: false })])
  expect(taken()).toEqual(['close off: unknown_app', 'close a: app_disabled'])
  expect(registry.byKey('a-key')?.app.enabled).toBe(false)
})

it('stops an app a while after it went away, and finds it no more at once', async () => {
  const { registry, clock, taken } = createRegistry()
  registry.apply([settings('a'), settings('b')])
  const app = registry.byId('b')
  taken()
  registry.apply([settings('a')])
  expect(taken()).toEqual(['close b: unknown_app'])
  expect([registry.byId('b'), registry.byKey('b-key'), ids(registry)]).toEqual([undefined, undefined, ['a']])
  expect(registry.lingering('b')).toBe(app)
  await clock.advance(A_WHILE_MS)
  expect(taken()).toEqual(['stop b'])
  expect(registry.lingering('b')).toBe(undefined)
  registry.apply([settings('a'), settings('b')])
  expect(taken()).toEqual(['build b', 'start b'])
})

it('goes on with an app that comes back meanwhile', async () => {
  const { registry, clock, taken } = createRegistry()
  registry.apply([settings('a')])
  const app = registry.byId('a')
  registry.apply([])
  taken()
  registry.apply([settings('a', { keys: [{ key: 'another', secret: 's' }] })])
  expect(registry.byKey('another')?.app).toBe(app)
  await clock.advance(A_WHILE_MS * 2)
  expect(taken()).toEqual([])
})

it('has only so many apps, the first ones, and each id once', () => {
  const { registry } = createRegistry(2)
  registry.apply([settings('a'), settings('a', { enabled: false }), settings('b'), settings('c')])
  expect(ids(registry)).toEqual(['a', 'b'])
  expect(registry.byId('a')?.enabled).toBe(true)
})

it('stops all apps with itself, also those that went away, and takes none any more', async () => {
  const { registry, clock, taken } = createRegistry()
  registry.apply([settings('a'), settings('b')])
  registry.apply([settings('a')])
  taken()
  await registry.stop()
  expect(taken().sort()).toEqual(['stop a', 'stop b'])
  registry.apply([settings('c')])
  await clock.advance(A_WHILE_MS)
  expect(taken()).toEqual([])
})
