import { NowcastError } from '@nowcast/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ClientOptions } from '../options.ts'
import { ManualTimers } from '../testing/manualTimers.ts'
import { ScriptedServer } from '../testing/scriptedServer.ts'
import { testClient } from '../testing/testClient.ts'
import { until } from '../testing/until.ts'

let server: ScriptedServer

beforeEach(async () => {
  server = await ScriptedServer.start()
})

afterEach(() => server.stop())

const make = (options: Partial<ClientOptions> = {}) => testClient(server, options)

describe('who types', () => {
  it('is shown without oneself, and the same until it changes', async () => {
    const typing = make().typing('lobby')
    let changes = 0
    typing.subscribe(() => {
      changes += 1
    })
    await until(() => server.people.watchers('typing lobby') === 1, 'the watching')
    server.people.type('lobby', 'ada')
    server.people.type('lobby', 'ada', 'grace')
    server.people.type('lobby', 'grace')
    server.people.type('lobby', 'grace', 'linus', 'ada')
    await until(() => typing.getSnapshot().count === 2, 'both')
    expect(typing.getSnapshot()).toEqual({ users: [{ id: 'grace' }, { id: 'linus' }], count: 2 })
    expect(changes).toBe(2)
  })

  it('is nobody for as long as nothing is heard', async () => {
    const client = make()
    const typing = client.typing('lobby')
    typing.subscribe(() => {})
    await until(() => server.people.watchers('typing lobby') === 1, 'the watching')
    server.people.type('lobby', 'grace')
    await until(() => typing.getSnapshot().count === 1, 'one who types')
    server.cut()
    await until(() => typing.getSnapshot().count === 0, 'nobody')
    await until(() => server.people.watchers('typing lobby') === 1, 'the watching')
    server.people.type('lobby', 'linus')
    await until(() => typing.getSnapshot().users[0]?.id === 'linus', 'one who types')
  })
})

describe('typing', () => {
  it('subscribes the channel for as long, says so, and ends with a message without a word', async () => {
    const timers = new ManualTimers()
    const client = make({ timers })
    const typing = client.typing('lobby')
    client.connect()
    await until(() => client.connection.state === 'connected', 'the connection')
    typing.keystroke()
    await until(() => server.subscribers('lobby') === 1, 'the subscription')
    await until(() => client.channel('lobby').getSnapshot().state === 'subscribed', 'the subscription')
    timers.advance(300)
    await until(() => server.count('typing.start') === 1, 'the call')
    typing.sent()
    timers.advance(1_000)
    await until(() => server.subscribers('lobby') === 0, 'the end of the subscription')
    expect(server.count('typing.stop') + server.count('typing.watch')).toBe(0)
    expect(typing.active).toBe(false)
  })

  it('is said anew after the connection was lost', async () => {
    const timers = new ManualTimers()
    const client = make({ timers })
    const typing = client.typing('lobby')
    typing.subscribe(() => {})
    await until(() => server.people.watchers('typing lobby') === 1, 'the watching')
    typing.keystroke()
    timers.advance(300)
    await until(() => server.count('typing.start') === 1, 'the call')
    server.cut()
    await until(() => client.connection.state !== 'connected', 'the loss')
    await until(() => {
      timers.advance(20)
      return server.count('typing.watch') === 2
    }, 'the watching')
    timers.advance(2_000)
    typing.keystroke()
    timers.advance(300)
    await until(() => server.count('typing.start') === 2, 'the second call')
    timers.advance(3_000)
    await until(() => server.count('typing.stop') === 1, 'the end')
  })

  it('waits silently for as long as the server demands', async () => {
    const timers = new ManualTimers()
    const errors: unknown[] = []
    let allowed = false
    server.script = ({ type }) =>
      type === 'typing.start' && !allowed
        ? new NowcastError('limit_exceeded', 'Too fast.', { retryAfterMs: 30_000 })
        : undefined
    const client = make({ timers, onError: (error) => errors.push(error) })
    const typing = client.typing('lobby')
    typing.subscribe(() => {})
    await until(() => server.people.watchers('typing lobby') === 1, 'the watching')
    const idle = timers.size
    const type = (seconds: number) => {
      for (let key = 0; key < seconds * 5; key += 1) {
        typing.keystroke()
        timers.advance(200)
      }
    }
    type(1)
    // The answer is there when nothing waits for it any more.
    await until(() => server.count('typing.start') === 1 && timers.size <= idle + 1, 'the refusal')
    await client.channel('other').publish('after', 1)
    allowed = true
    type(29)
    expect(server.count('typing.start')).toBe(1)
    type(2)
    await until(() => server.count('typing.start') === 2, 'the second call')
    expect(errors).toEqual([])
  })
})
