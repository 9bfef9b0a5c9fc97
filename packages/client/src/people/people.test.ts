import { NowcastError } from '@nowcast/protocol'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { createClient } from '../client.ts'
import type { ClientOptions } from '../options.ts'
import { ManualTimers } from '../testing/manualTimers.ts'
import { ScriptedServer } from '../testing/scriptedServer.ts'
import { closeClients, closeLater, testClient } from '../testing/testClient.ts'
import { until } from '../testing/until.ts'

let server: ScriptedServer

beforeEach(async () => {
  server = await ScriptedServer.start()
})

afterEach(async () => {
  closeClients()
  vi.unstubAllGlobals()
  await server.stop()
})

const make = (options: Partial<ClientOptions> = {}) => testClient(server, options)

const commands = (type: string) => server.commands.filter((command) => command.type === type)

describe('people', () => {
  it('are known while somebody looks, and are watched once', async () => {
    const { people } = make()
    server.people.become({ id: 'grace', status: 'online', text: 'compiling' })
    const grace = people.person('grace')
    expect(grace.getSnapshot()).toBeUndefined()
    grace.subscribe(() => {})
    people.person('grace').subscribe(() => {})
    people.person('linus').subscribe(() => {})
    await until(() => grace.getSnapshot() !== undefined, 'the status')
    expect(grace.getSnapshot()).toEqual({ id: 'grace', status: 'online', text: 'compiling' })
    server.people.become({ id: 'grace', status: 'offline', lastSeenAt: 7 })
    await until(() => grace.getSnapshot()?.status === 'offline', 'the change')
    expect(commands('people.watch')).toMatchObject([{ users: ['grace', 'linus'] }])
  })

  it('are one map for several, the same until one of them changes', async () => {
    const { people } = make()
    const several = people.several(['grace', 'linus', 'grace'])
    let changes = 0
    several.subscribe(() => {
      changes += 1
    })
    await until(() => several.getSnapshot().size === 2, 'both')
    const before = several.getSnapshot()
    people.person('kay').subscribe(() => {})
    await until(() => people.person('kay').getSnapshot() !== undefined, 'another')
    expect(several.getSnapshot()).toBe(before)
    expect(people.several(['linus']).getSnapshot().get('linus')).toBe(before.get('linus'))
    server.people.become({ id: 'linus', status: 'away' })
    await until(() => several.getSnapshot() !== before, 'the change')
    expect(several.getSnapshot().get('grace')).toBe(before.get('grace'))
    expect(changes).toBe(3)
  })

  it('are watched again after each connection, without a flicker', async () => {
    const { people } = make()
    server.people.become({ id: 'grace', status: 'online' })
    const grace = people.person('grace')
    const seen = new Set<string | undefined>()
    grace.subscribe(() => seen.add(grace.getSnapshot()?.status))
    await until(() => grace.getSnapshot() !== undefined, 'the status')
    server.cut()
    await until(() => server.count('people.watch') === 2, 'the second watching')
    server.people.become({ id: 'grace', status: 'away' })
    await until(() => grace.getSnapshot()?.status === 'away', 'the change')
    expect([...seen]).toEqual(['online', 'away'])
  })

  it('are asked for in commands that the server takes, and again after what can be mended', async () => {
    const timers = new ManualTimers()
    let refusals = 1
    server.script = ({ type }) =>
      type === 'people.watch' && refusals-- > 0 ? new NowcastError('unavailable', 'Later.') : undefined
    const ids = Array.from({ length: 450 }, (_, index) => `user-${index}`)
    const several = make({ timers }).people.several(ids)
    several.subscribe(() => {})
    await until(() => {
      timers.advance(100)
      return several.getSnapshot().size === 450
    }, 'all')
    expect(commands('people.watch')).toHaveLength(4)
  })

  it('are forgotten a second after the last look, all in one command', async () => {
    const timers = new ManualTimers()
    const { people } = make({ timers })
    const several = people.several(['grace', 'linus', 'kay'])
    const stop = several.subscribe(() => {})
    await until(() => several.getSnapshot().size === 3, 'all')
    stop()
    timers.advance(900)
    const stopKay = people.person('kay').subscribe(() => {})
    timers.advance(100)
    await until(() => server.count('people.unwatch') === 1, 'the end of watching')
    expect(commands('people.unwatch')).toMatchObject([{ users: ['grace', 'linus'] }])
    expect(people.person('grace').getSnapshot()).toBeUndefined()
    expect(people.person('kay').getSnapshot()).toBeDefined()
    stopKay()
    timers.advance(2_000)
    await until(() => server.people.watchers('person kay') === 0, 'the end')
    await until(() => timers.size === 1, 'nothing but the heartbeat')
    expect(server.count('people.watch')).toBe(1)
  })

  it('say something of themselves', async () => {
    const { people } = make()
    await people.setStatus('at lunch')
    await people.setStatus(null)
    expect(commands('people.status')).toMatchObject([{ text: 'at lunch' }, { text: null }])
    server.script = () => new NowcastError('unauthorized', 'Who are you?')
    await expect(people.setStatus('nobody')).rejects.toMatchObject({ code: 'unauthorized' })
  })
})

describe('activity', () => {
  /** A browser's document, as far as the client uses it. */
  class Page extends EventTarget {
    visibilityState = 'visible'
    listeners = 0
    override addEventListener(...args: Parameters<EventTarget['addEventListener']>) {
      this.listeners += 1
      super.addEventListener(...args)
    }
    override removeEventListener(...args: Parameters<EventTarget['removeEventListener']>) {
      this.listeners -= 1
      super.removeEventListener(...args)
    }
    sign(name: string) {
      this.dispatchEvent(new Event(name))
    }
  }

  async function open(options: Partial<ClientOptions> = {}) {
    const page = new Page()
    vi.stubGlobal('document', page)
    // Time passes in leaps here, which a heartbeat would take for silence.
    server.heartbeatMs = 0
    const timers = new ManualTimers()
    const client = make({ timers, awayAfterMs: 60_000, ...options })
    client.connect()
    await until(() => client.connection.state === 'connected', 'the connection')
    return { page, timers, client }
  }

  const said = () => commands('people.status').map((command) => 'away' in command && command.away)

  it('is told when it ends and when it begins again, once each', async () => {
    const { page, timers } = await open()
    timers.advance(59_000)
    for (let move = 0; move < 100; move += 1) page.sign('pointermove')
    timers.advance(59_000)
    page.sign('keydown')
    timers.advance(59_999)
    expect(said()).toEqual([])
    timers.advance(1)
    await until(() => said().length === 1, 'being away')
    timers.advance(600_000)
    page.visibilityState = 'hidden'
    page.sign('visibilitychange')
    page.visibilityState = 'visible'
    page.sign('visibilitychange')
    page.sign('wheel')
    await until(() => said().length === 2, 'being back')
    timers.advance(60_000)
    await until(() => said().length === 3, 'being away again')
    expect(said()).toEqual([true, false, true])
  })

  it('is told again on each connection while away', async () => {
    const { page, timers } = await open()
    timers.advance(60_000)
    await until(() => said().length === 1, 'being away')
    server.cut()
    await until(() => {
      timers.advance(20)
      return said().length === 2
    }, 'being away there too')
    page.sign('touchstart')
    await until(() => said().length === 3, 'being back')
    server.cut()
    await until(() => {
      timers.advance(20)
      return server.count('connect') === 3
    }, 'the third connection')
    expect(said()).toEqual([true, true, false])
  })

  it('leaves no listeners and timers behind', async () => {
    const { page, timers, client } = await open()
    expect(page.listeners).toBe(7)
    client.disconnect()
    expect([page.listeners, timers.size]).toEqual([0, 0])
    client.connect()
    await until(() => page.listeners === 7, 'listening again')
    client.close()
    expect([page.listeners, timers.size]).toEqual([0, 0])
  })

  it('is not looked at when that is not wanted', async () => {
    const { page } = await open({ awayAfterMs: false })
    expect(page.listeners).toBe(0)
  })

  it('is not looked at when nobody is signed in', async () => {
    const page = new Page()
    vi.stubGlobal('document', page)
    const client = createClient({ url: server.url, WebSocket, outbox: { storage: 'memory' } })
    closeLater(client)
    client.connect()
    await until(() => client.connection.state === 'connected', 'the connection')
    expect(page.listeners).toBe(0)
  })
})
