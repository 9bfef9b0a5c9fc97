import { NowcastError } from '@nowcast/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { NowcastClient } from '../client.ts'
import type { ClientOptions } from '../options.ts'
import { ManualTimers } from '../testing/manualTimers.ts'
import { ScriptedServer } from '../testing/scriptedServer.ts'
import { testClient } from '../testing/testClient.ts'
import { until } from '../testing/until.ts'
import type { ChannelPresence } from './channelPresence.ts'

let server: ScriptedServer

beforeEach(async () => {
  server = await ScriptedServer.start()
})

afterEach(() => server.stop())

const make = (options: Partial<ClientOptions> = {}) => testClient(server, options)

/** Lets the connection do what it does by itself while time stands still. */
const reconnect = async (client: NowcastClient) => {
  server.cut()
  await until(() => client.connection.state !== 'connected', 'the loss')
  await until(() => client.connection.state === 'connected', 'the connection')
}

function follow(presence: ChannelPresence) {
  const told: string[] = []
  let changes = 0
  for (const kind of ['joined', 'updated', 'left'] as const) {
    presence.on(kind, ({ id }) => told.push(`${kind} ${id}`))
  }
  const stop = presence.subscribe(() => {
    changes += 1
  })
  return { told, stop, changes: () => changes }
}

const ids = (presence: ChannelPresence) => presence.getSnapshot().members.map(({ id }) => id)

describe('who is on a channel', () => {
  it('is known with its first subscriber, by name, and each change is told', async () => {
    const presence = make().presence('lobby')
    expect(presence.getSnapshot()).toMatchObject({ status: 'idle', members: [], count: 0 })
    server.people.enter('lobby', { id: 'grace', name: 'Grace' })
    const { told } = follow(presence)
    expect(presence.getSnapshot().status).toBe('loading')
    await until(() => presence.getSnapshot().status === 'ready', 'the snapshot')
    // Those who are there already do not join.
    expect(told).toEqual([])
    server.people.enter('lobby', { id: 'zoe', name: 'Ada' })
    server.people.enter('lobby', { id: 'grace', name: 'Grace', data: { busy: true } })
    await until(() => told.length === 2, 'both changes')
    expect(ids(presence)).toEqual(['zoe', 'grace'])
    server.people.leave('lobby', 'zoe')
    await until(() => told.length === 3, 'the leaving')
    expect(told).toEqual(['joined zoe', 'updated grace', 'left zoe'])
    expect(presence.getSnapshot()).toEqual({
      status: 'ready',
      members: [{ id: 'grace', name: 'Grace', data: { busy: true } }],
      count: 1,
      complete: true,
    })
  })

  it('stays shown over a reconnection, and only what differs afterwards is told', async () => {
    const client = make()
    const presence = client.presence('lobby')
    for (const id of ['ada', 'grace', 'kay']) server.people.enter('lobby', { id })
    const { told } = follow(presence)
    await until(() => presence.getSnapshot().count === 3, 'the snapshot')
    const kept = presence.getSnapshot().members[2]
    let fewest = 3
    presence.subscribe(() => {
      fewest = Math.min(fewest, presence.getSnapshot().count)
    })
    server.cut()
    server.people.leave('lobby', 'ada')
    server.people.enter('lobby', { id: 'grace', data: 1 })
    server.people.enter('lobby', { id: 'linus' })
    await until(() => ids(presence).includes('linus'), 'the new snapshot')
    expect(ids(presence)).toEqual(['grace', 'kay', 'linus'])
    expect(told.sort()).toEqual(['joined linus', 'left ada', 'updated grace'])
    expect(presence.getSnapshot().members[1]).toBe(kept)
    expect(fewest).toBe(3)
  })

  it('does not change for a snapshot that says the same', async () => {
    const client = make()
    const presence = client.presence('lobby')
    server.people.enter('lobby', { id: 'grace', data: { at: [1, 2] } })
    const { told, changes } = follow(presence)
    await until(() => presence.getSnapshot().status === 'ready', 'the snapshot')
    const before = presence.getSnapshot()
    const changesBefore = changes()
    await reconnect(client)
    await until(() => server.count('presence.watch') === 2, 'the second watching')
    await client.channel('lobby').publish('after', 1)
    expect(presence.getSnapshot()).toBe(before)
    expect([changes(), told.length]).toEqual([changesBefore, 0])
  })

  it('is a sample on a large channel, of which nobody joins or leaves', async () => {
    const presence = make().presence('stadium')
    const { told } = follow(presence)
    await until(() => presence.getSnapshot().status === 'ready', 'the snapshot')
    const sample = { type: 'presence', channel: 'stadium', complete: false } as const
    server.push({ ...sample, count: 5_000, members: [{ id: 'ada' }] })
    server.push({ ...sample, count: 5_001, members: [{ id: 'grace' }] })
    await until(() => presence.getSnapshot().count === 5_001, 'the count')
    expect(presence.getSnapshot()).toMatchObject({ complete: false, members: [{ id: 'grace' }] })
    server.push({ ...sample, complete: true, count: 1, members: [{ id: 'ada' }] })
    await until(() => presence.getSnapshot().complete, 'the whole list')
    expect(told).toEqual([])
  })

  it('is asked for all channels of one turn in one command, once however many look', async () => {
    const client = make()
    for (const name of ['one', 'two', 'three']) {
      client.presence(name).subscribe(() => {})
      client.presence(name).subscribe(() => {})
      expect(client.presence(name)).toBe(client.presence(name))
    }
    await until(() => client.presence('three').getSnapshot().status === 'ready', 'the snapshots')
    expect(server.commands.filter(({ type }) => type === 'presence.watch')).toMatchObject([
      { channels: ['one', 'two', 'three'] },
    ])
  })

  it('leaves nothing behind, after a while in which it can be taken up again', async () => {
    const timers = new ManualTimers()
    const client = make({ timers })
    const presence = client.presence('lobby')
    const stopListening = client.channel('lobby').onAny(() => {})
    const stop = presence.subscribe(() => {})
    await until(() => presence.getSnapshot().status === 'ready', 'the snapshot')
    // What remains is the heartbeat.
    await until(() => timers.size === 1, 'all answers')
    stop()
    timers.advance(999)
    const stopAgain = presence.subscribe(() => {})
    expect(presence.getSnapshot().status).toBe('ready')
    stopAgain()
    expect(server.count('presence.unwatch')).toBe(0)
    timers.advance(1_000)
    await until(() => server.people.watchers('presence lobby') === 0, 'the end of watching')
    expect(presence.getSnapshot().status).toBe('idle')
    expect(server.subscribers('lobby')).toBe(1)
    stopListening()
    timers.advance(1_000)
    await until(() => server.subscribers('lobby') === 0, 'the end of the subscription')
    await until(() => timers.size === 1, 'all answers')
    expect(server.count('presence.watch')).toBe(1)
  })

  it('says why it can not be known', async () => {
    const refusal = new NowcastError('forbidden', 'Not for you.')
    server.script = ({ type }) => (type === 'presence.watch' ? refusal : undefined)
    const presence = make().presence('lobby')
    follow(presence)
    await until(() => presence.getSnapshot().status === 'refused', 'the refusal')
    expect(presence.getSnapshot()).toMatchObject({ error: { code: 'forbidden' }, members: [] })
  })

  it('ends with the access to the channel', async () => {
    server.people.enter('lobby', { id: 'grace' })
    const presence = make().presence('lobby')
    follow(presence)
    await until(() => presence.getSnapshot().count === 1, 'the snapshot')
    server.expel('lobby', new NowcastError('forbidden', 'No more.').toWire())
    await until(() => presence.getSnapshot().status === 'refused', 'the refusal')
    expect(presence.getSnapshot()).toMatchObject({ members: [], count: 0 })
  })

  it.each(['not_subscribed', 'unavailable'] as const)('is asked for again after %s', async (code) => {
    const timers = new ManualTimers()
    let refusals = 1
    server.script = ({ type }) =>
      type === 'presence.watch' && refusals-- > 0 ? new NowcastError(code, 'Later.') : undefined
    const presence = make({ timers }).presence('lobby')
    follow(presence)
    await until(() => server.count('presence.watch') === 1, 'the first answer')
    await until(() => {
      timers.advance(100)
      return presence.getSnapshot().status === 'ready'
    }, 'the second answer')
  })

  it('is not shown to another user', async () => {
    let user = 'ada'
    const client = make({ token: () => user })
    const presence = client.presence('lobby')
    server.people.enter('lobby', { id: 'grace' })
    const { told } = follow(presence)
    await until(() => presence.getSnapshot().count === 1, 'the snapshot')
    user = 'bob'
    server.script = ({ type }) => (type === 'presence.watch' ? 'ignore' : undefined)
    await reconnect(client)
    await until(() => server.count('presence.watch') === 2, 'the second watching')
    expect(presence.getSnapshot()).toMatchObject({ status: 'loading', members: [], count: 0 })
    expect(told).toEqual([])
  })
})

describe('entering', () => {
  it('resolves when the server knows, lasts over reconnections, and ends with leaving', async () => {
    const client = make()
    const presence = client.presence('lobby')
    await presence.enter({ mood: 'fine' })
    expect(server.people.members.get('lobby')?.get('ada')).toEqual({ id: 'ada', data: { mood: 'fine' } })
    await reconnect(client)
    await until(() => server.people.members.get('lobby')?.has('ada') === true, 'the second entering')
    await presence.enter('other')
    expect(server.people.members.get('lobby')?.get('ada')?.data).toBe('other')
    await presence.leave()
    expect(server.people.members.get('lobby')?.size).toBe(0)
    await reconnect(client)
    await client.channel('lobby').publish('after', 1)
    expect(server.count('presence.enter')).toBe(3)
    // Nobody looks, so nobody asks.
    expect(server.count('presence.watch')).toBe(0)
  })

  it('keeps the channel subscribed for as long', async () => {
    const timers = new ManualTimers()
    const presence = make({ timers }).presence('lobby')
    await presence.enter()
    timers.advance(5_000)
    expect(server.subscribers('lobby')).toBe(1)
    expect(presence.active).toBe(true)
    await presence.leave()
    timers.advance(1_000)
    await until(() => server.subscribers('lobby') === 0, 'the end of the subscription')
    expect(presence.active).toBe(false)
  })

  it('says only what is wanted at the end of a turn', async () => {
    const presence = make().presence('lobby')
    await presence.enter(1)
    const all = [presence.leave(), presence.enter(2), presence.leave(), presence.enter(3)]
    await Promise.all(all)
    expect(server.commands.filter(({ type }) => /enter|leave/.test(type))).toMatchObject([
      { type: 'presence.enter', data: 1 },
      { type: 'presence.enter', data: 3 },
    ])
  })

  it('rejects with what can not be mended, and is not tried again', async () => {
    server.script = ({ type }) =>
      type === 'presence.enter' ? new NowcastError('data_too_large', 'Too much.') : undefined
    const client = make()
    await expect(client.presence('lobby').enter('much')).rejects.toMatchObject({ code: 'data_too_large' })
    await reconnect(client)
    expect(server.count('presence.enter')).toBe(1)
    expect(client.presence('lobby').active).toBe(false)
  })

  it('rejects when the channel is refused', async () => {
    const refusal = new NowcastError('forbidden', 'Not for you.')
    server.script = ({ type }) => (type === 'subscribe' ? refusal : undefined)
    await expect(make().presence('lobby').enter()).rejects.toMatchObject({ code: 'forbidden' })
  })

  it('waits out what can be mended', async () => {
    const timers = new ManualTimers()
    const verdicts = ['unavailable', 'not_subscribed', 'limit_exceeded'] as const
    let tries = 0
    server.script = ({ type }) => {
      if (type !== 'presence.enter') return undefined
      const code = verdicts[tries++]
      return code && new NowcastError(code, 'Later.', { retryAfterMs: 300 })
    }
    let entered = false
    void make({ timers })
      .presence('lobby')
      .enter()
      .then(() => {
        entered = true
      })
    await until(() => {
      timers.advance(50)
      return entered
    }, 'the entering')
    expect(tries).toBe(4)
  })

  it('is what was wanted last, whatever is lost on the way', async () => {
    const client = make()
    const presence = client.presence('lobby')
    let lost = 0
    server.script = ({ type }) => {
      const isLost = type === 'presence.enter' && lost++ < 3
      if (isLost) setImmediate(() => server.cut())
      return isLost ? 'silent' : undefined
    }
    const first = presence.enter(1)
    await until(() => lost === 2, 'two losses')
    await Promise.all([first, presence.enter(2)])
    expect(server.people.members.get('lobby')?.get('ada')?.data).toBe(2)
    await presence.leave()
    await until(() => server.people.members.get('lobby')?.size === 0, 'the leaving')
  })

  it('can be taken back before there is a connection', async () => {
    const client = make()
    const presence = client.presence('lobby')
    const entering = presence.enter()
    await presence.leave()
    await entering
    await client.channel('lobby').publish('after', 1)
    expect(server.count('presence.enter') + server.count('presence.leave')).toBe(0)
  })
})
