import { NowcastError } from '@nowcast/protocol'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ClientOptions } from '../options.ts'
import { ManualTimers } from '../testing/manualTimers.ts'
import { ScriptedServer } from '../testing/scriptedServer.ts'
import { closeClients, closeLater, testClient } from '../testing/testClient.ts'
import { until } from '../testing/until.ts'
import type { ConnectionState } from './state.ts'

let server: ScriptedServer
let timers: ManualTimers

beforeEach(async () => {
  server = await ScriptedServer.start()
  timers = new ManualTimers()
  server.now = () => timers.now()
})

afterEach(async () => {
  closeClients()
  await server.stop()
  vi.unstubAllGlobals()
})

function make(options: Partial<ClientOptions> = {}) {
  const client = testClient(server, { timers, backoff: {}, ...options })
  const { connection } = client
  const is = (state: ConnectionState) => until(() => connection.state === state, `the state "${state}"`)
  return { client, connection, is }
}

async function connected(options: Partial<ClientOptions> = {}) {
  const made = make(options)
  made.client.connect()
  await made.is('connected')
  await until(() => made.connection.getSnapshot().latencyMs !== undefined, 'the first heartbeat')
  return made
}

describe('a connection', () => {
  it('begins with the first use', async () => {
    const { client, connection, is } = make()
    expect(connection.state).toBe('idle')
    client.channel('news').on('event', () => {})
    expect(connection.state).toBe('connecting')
    await is('connected')
    expect(connection.getSnapshot().user).toEqual({ id: 'ada' })
  })

  it('takes http addresses too', async () => {
    const { client, is } = make({ url: `${server.url.replace('ws:', 'http:')}/` })
    client.connect()
    await is('connected')
  })

  it('keeps its snapshot until something changes', async () => {
    const { connection } = await connected()
    const snapshot = connection.getSnapshot()
    expect(connection.getSnapshot()).toBe(snapshot)
    let changes = 0
    connection.subscribe(() => {
      changes += 1
    })
    connection.disconnect()
    connection.disconnect()
    expect(changes).toBe(1)
    expect(connection.getSnapshot()).not.toBe(snapshot)
  })

  it('is tried again within 300 ms after a loss', async () => {
    const { connection, is } = await connected()
    timers.advance(5_000)
    server.cut()
    await is('unavailable')
    const { retryAt = 0 } = connection.getSnapshot()
    expect(retryAt - timers.now()).toBeLessThan(300)
    timers.advance(300)
    await is('connected')
    expect(connection.getSnapshot().error).toBeUndefined()
  })

  it('waits longer after every failure, up to a bound', async () => {
    const { connection, is } = await connected()
    await server.stop()
    const waits: number[] = []
    for (let attempt = 0; attempt < 9; attempt += 1) {
      await is('unavailable')
      waits.push((connection.getSnapshot().retryAt ?? 0) - timers.now())
      timers.advance(waits.at(-1) ?? 0)
    }
    expect(waits).toEqual([100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000])
  })

  it('waits longer when connections are established but do not hold', async () => {
    const { connection, is } = await connected()
    const waits: number[] = []
    for (let attempt = 0; attempt < 3; attempt += 1) {
      server.closeAll(1012)
      await is('unavailable')
      waits.push((connection.getSnapshot().retryAt ?? 0) - timers.now())
      timers.advance(waits.at(-1) ?? 0)
      await is('connected')
    }
    expect(waits).toEqual([100, 200, 400])
  })

  it('waits as long as the server says', async () => {
    const { connection, is } = await connected()
    server.closeAll(4429, { code: 'too_many_connections', message: 'Full.', retryAfterMs: 7_000 })
    await is('unavailable')
    expect(connection.getSnapshot().error?.code).toBe('too_many_connections')
    expect((connection.getSnapshot().retryAt ?? 0) - timers.now()).toBeGreaterThanOrEqual(7_000)
  })

  it('gives up an attempt that takes more than 5 s', async () => {
    server.script = ({ type }) => (type === 'connect' ? 'ignore' : undefined)
    const { client, connection, is } = make()
    client.connect()
    await until(() => server.count('connect') === 1, 'the connect command')
    timers.advance(5_000)
    await is('unavailable')
    expect(connection.getSnapshot().error?.code).toBe('timeout')
  })

  it('says so when the platform has no WebSocket', async () => {
    vi.stubGlobal('WebSocket', undefined)
    const { WebSocket: _, ...options } = { WebSocket: undefined, url: server.url }
    const client = (await import('../client.ts')).createClient({
      ...options,
      timers,
      transports: ['websocket'],
    })
    closeLater(client)
    client.connect()
    await until(() => client.connection.state === 'failed', 'the state "failed"')
    expect(client.connection.getSnapshot().error?.message).toContain('"ws" package')
  })

  it('ends when the application says so, and begins again', async () => {
    const { client, connection, is } = await connected()
    client.disconnect()
    expect(connection.state).toBe('disconnected')
    await until(() => server.connections === 0, 'the server to notice')
    client.connect()
    await is('connected')
  })

  it('leaves no timer behind when it is closed', async () => {
    const { client } = await connected()
    client.channel('news').on('event', () => {})()
    client.close()
    await until(() => timers.size === 0, 'all timers to be gone')
  })

  it('gives up when the app is unknown', async () => {
    server.script = () => new NowcastError('unknown_app', 'There is no such app.')
    const { client, connection, is } = make()
    client.connect()
    await is('failed')
    expect(connection.getSnapshot().error?.code).toBe('unknown_app')
    await expect(client.channel('news').history()).rejects.toThrow('no such app')
  })

  it('gives up at a close code that says so', async () => {
    const { connection, is } = await connected()
    server.closeAll(4400, { code: 'malformed_frame', message: 'What is this?' })
    await is('failed')
    expect(connection.getSnapshot().error?.message).toBe('What is this?')
  })

  it('ignores and reports what makes no sense', async () => {
    const errors: NowcastError[] = []
    const { client, connection } = await connected({ onError: (error) => errors.push(error) })
    const events: unknown[] = []
    client.channel('news').on('event', (data) => events.push(data))
    await until(() => server.subscribers('news') === 1, 'the subscription')
    const nonsense = ['{', 'null', '[]', '7', '{"type":"event","channel":"news","name":"event","offset":"1"}']
    const more = ['{"type":"reply","id":1}', '{"type":"gap","channel":"news"}', '{"type":"draining"}']
    server.pushText([...nonsense, ...more, '{"type":"of tomorrow"}'].join('\n'))
    server.publish('news', 'event', 'sense')
    await until(() => events.length === 1, 'the event')
    expect(errors.map(({ code }) => code)).toEqual(
      Array.from({ length: nonsense.length + more.length }, () => 'malformed_frame'),
    )
    expect(connection.state).toBe('connected')
  })
})

describe('commands', () => {
  it('of one turn travel in one frame', async () => {
    const { client } = await connected()
    const before = server.frames.length
    await Promise.all([
      client.channel('a').history(),
      client.channel('b').history(),
      client.conversations.open(),
    ])
    expect(server.frames.length - before).toBe(1)
  })

  it('fail when they are not answered in time', async () => {
    const { client } = await connected()
    server.script = ({ type }) => (type === 'history' ? 'ignore' : undefined)
    const answer = client.channel('news').history()
    const outcome = expect(answer).rejects.toMatchObject({ code: 'timeout' })
    await until(() => server.count('history') === 1, 'the command')
    timers.advance(10_000)
    await outcome
  })

  it('are repeated when the connection ends before the answer', async () => {
    const { client, is } = await connected()
    server.script = ({ type }) => (type === 'history' ? 'ignore' : undefined)
    const answer = client.channel('news').history()
    await until(() => server.count('history') === 1, 'the command')
    server.script = () => undefined
    server.cut()
    await is('unavailable')
    timers.advance(300)
    expect((await answer).publications).toEqual([])
  })

  it('of one user are never repeated as another', async () => {
    let user = 'ada'
    const { client, is } = await connected({ token: () => user })
    server.script = ({ type }) => (type === 'conversation.leave' ? 'ignore' : undefined)
    const refusal = expect(client.conversations.leave('general')).rejects.toMatchObject({
      code: 'unauthorized',
    })
    await until(() => server.count('conversation.leave') === 1, 'the command')
    user = 'grace'
    server.cut()
    await is('unavailable')
    timers.advance(300)
    await refusal
    expect(server.count('conversation.leave')).toBe(1)
  })

  it('that are too large for a frame are refused here, so that they do not end the connection', async () => {
    const { client, connection } = await connected()
    await expect(client.channel('news').publish('event', 'ü'.repeat(40_000))).rejects.toMatchObject({
      code: 'frame_too_large',
    })
    expect(connection.state).toBe('connected')
    expect(connection.getSnapshot().queued).toBe(0)
  })
})

describe('the heartbeat', () => {
  it('measures the round trip', async () => {
    const { connection } = await connected()
    server.script = ({ type }) => {
      if (type === 'ping') timers.advance(50)
      return undefined
    }
    timers.advance(30_000)
    await until(() => connection.getSnapshot().latencyMs === 10, 'the smoothed latency')
  })

  it('ends a connection that does not answer within half a heartbeat', async () => {
    const { is } = await connected()
    server.script = ({ type }) => (type === 'ping' ? 'ignore' : undefined)
    const before = server.count('ping')
    timers.advance(30_000)
    await until(() => server.count('ping') === before + 1, 'the ping')
    timers.advance(15_000)
    await is('unavailable')
    timers.advance(300)
    await is('connected')
  })

  it('takes a refusal for a sign of life', async () => {
    const { connection } = await connected()
    server.script = ({ type }) =>
      type === 'ping' ? new NowcastError('too_many_commands', 'Wait.') : undefined
    for (let beat = 1; beat <= 3; beat += 1) {
      const before = server.count('ping')
      await until(() => {
        timers.advance(1_000)
        return server.count('ping') > before
      }, 'the next ping')
    }
    expect(connection.state).toBe('connected')
    expect(server.count('connect')).toBe(1)
  })
})

describe('the token', () => {
  it('is asked for at every connection', async () => {
    let asked = 0
    const { is } = await connected({ token: async () => `ada-${++asked}` })
    server.cut()
    await is('unavailable')
    timers.advance(300)
    await is('connected')
    const tokens = server.commands.flatMap((command) => (command.type === 'connect' ? [command.token] : []))
    expect(tokens).toEqual(['ada-1', 'ada-2'])
  })

  it('is renewed on the live connection before it ends', async () => {
    server.tokenLifetimeMs = 3_600_000
    // Its clock is ahead.
    server.now = () => timers.now() + 500_000
    server.heartbeatMs = 10_000_000
    let asked = 0
    const { client } = await connected({ token: () => `ada-${++asked}` })
    for (const round of [1, 2]) {
      timers.advance(3_569_999)
      // By the answer to this, everything before it has been answered too.
      await client.channel('news').history()
      expect(server.count('refresh')).toBe(round - 1)
      timers.advance(1)
      await until(() => server.count('refresh') === round, 'the renewal')
      await client.channel('news').history()
      expect(asked).toBe(round + 1)
    }
    expect(server.count('connect')).toBe(1)
  })

  it('is asked for again when the renewal fails', async () => {
    server.tokenLifetimeMs = 100_000
    server.heartbeatMs = 10_000_000
    let asked = 0
    await connected({
      token: () => {
        asked += 1
        if (asked === 2) throw new Error('The application is away.')
        return 'ada'
      },
    })
    timers.advance(80_000)
    await until(() => asked === 2, 'the failing renewal')
    await until(() => {
      timers.advance(1_000)
      return server.count('refresh') === 1
    }, 'the next one')
    expect(server.count('connect')).toBe(1)
  })

  it('is replaced after the server has refused it, a few times at most', async () => {
    server.script = ({ type }) =>
      type === 'connect' ? new NowcastError('token_expired', 'Too old.') : undefined
    let asked = 0
    const { client, connection } = make({ token: () => `ada-${++asked}` })
    client.connect()
    await until(() => {
      timers.advance(1_000)
      return connection.state === 'failed'
    }, 'it to be given up')
    expect(asked).toBe(3)
    expect(connection.getSnapshot().error?.code).toBe('token_expired')
  })

  it('is replaced when the connection is closed because it has ended', async () => {
    let asked = 0
    const { is } = await connected({ token: () => `ada-${++asked}` })
    server.closeAll(4402, { code: 'token_expired', message: 'It has ended.' })
    await is('unavailable')
    timers.advance(300)
    await is('connected')
    expect(asked).toBe(2)
  })

  it('that can not be replaced ends the attempts', async () => {
    const { is } = await connected()
    server.closeAll(4402)
    await is('failed')
  })

  it('that never comes is asked for again, and counts no more when it comes late', async () => {
    const late: ((token: string) => void)[] = []
    const { client, is } = make({
      token: () => (late.length === 0 ? new Promise<string>((resolve) => late.push(resolve)) : 'ada'),
    })
    client.connect()
    await until(() => late.length === 1, 'the question')
    timers.advance(5_000)
    await is('unavailable')
    late[0]?.('somebody else')
    timers.advance(300)
    await is('connected')
    expect(client.connection.getSnapshot().user).toEqual({ id: 'ada' })
    expect(server.count('connect')).toBe(1)
  })

  it('that can not be had is asked for again', async () => {
    let asked = 0
    const { client, connection, is } = make({
      token: async () => {
        asked += 1
        if (asked === 1) throw new Error('The application is away.')
        return 'ada'
      },
    })
    client.connect()
    await is('unavailable')
    expect(connection.getSnapshot().error?.cause).toMatchObject({ message: 'The application is away.' })
    timers.advance(300)
    await is('connected')
  })
})

describe('a draining server', () => {
  it('is left at a random moment of the time it gives', async () => {
    const { is } = await connected()
    server.push({ type: 'draining', reconnectWithinMs: 10_000 })
    server.push({ type: 'of tomorrow' })
    const before = timers.size
    await until(() => timers.size > before, 'the message')
    timers.advance(5_000)
    await is('unavailable')
    timers.advance(300)
    await is('connected')
  })
})

describe('the surroundings', () => {
  function browser() {
    const target = new EventTarget()
    const page = Object.assign(new EventTarget(), { visibilityState: 'visible' })
    const navigator = { onLine: true }
    vi.stubGlobal('navigator', navigator)
    vi.stubGlobal('document', page)
    vi.stubGlobal('addEventListener', target.addEventListener.bind(target))
    vi.stubGlobal('removeEventListener', target.removeEventListener.bind(target))
    return { target, page, navigator }
  }

  it('stop attempts without a network, and start one when it is back', async () => {
    const { target, page, navigator } = browser()
    const { connection, is } = await connected()
    navigator.onLine = false
    target.dispatchEvent(new Event('offline'))
    expect(connection.getSnapshot()).toMatchObject({ state: 'unavailable', online: false })
    timers.advance(60_000)
    expect(connection.state).toBe('unavailable')
    navigator.onLine = true
    target.dispatchEvent(new Event('online'))
    expect(connection.getSnapshot()).toMatchObject({ state: 'connecting', online: true })
    await is('connected')

    const before = server.count('ping')
    page.dispatchEvent(new Event('visibilitychange'))
    await until(() => server.count('ping') > before, 'a ping')
  })

  it('check a connection that slept through a change of networks, and replace it when it is dead', async () => {
    const { target } = browser()
    const { is } = await connected()
    server.script = ({ type }) => (type === 'ping' ? 'ignore' : undefined)
    const before = server.count('ping')
    target.dispatchEvent(new Event('online'))
    await until(() => server.count('ping') > before, 'a ping')
    timers.advance(3_000)
    await is('unavailable')
    timers.advance(300)
    await is('connected')
  })

  it('are looked at anew by every connect', async () => {
    const { navigator } = browser()
    navigator.onLine = false
    const { client, connection, is } = make()
    expect(connection.getSnapshot().online).toBe(false)
    navigator.onLine = true
    client.connect()
    await is('connected')
    expect(connection.getSnapshot().online).toBe(true)
  })

  it('may sleep for hours: the next timers renew what has ended meanwhile', async () => {
    server.tokenLifetimeMs = 3_600_000
    let asked = 0
    const { client, connection, is } = await connected({ token: () => `ada-${++asked}` })
    // The server has closed long ago; the page hears of it as its timers begin to run again.
    server.closeAll(4402, { code: 'token_expired', message: 'It has ended.' })
    timers.advance(8 * 3_600_000)
    await is('unavailable')
    expect((connection.getSnapshot().retryAt ?? 0) - timers.now()).toBeLessThan(300)
    timers.advance(300)
    await is('connected')
    await client.channel('news').history()
    expect(asked).toBeGreaterThan(1)
  })
})

describe('listeners', () => {
  it('may end the connection as soon as it is there', async () => {
    const { client, connection, is } = make({ token: () => 'ada' })
    server.tokenLifetimeMs = 100_000
    connection.subscribe(() => {
      if (connection.state === 'connected') client.disconnect()
    })
    client.connect()
    await is('disconnected')
    await until(() => server.connections === 0, 'the server to notice')
    expect(timers.size).toBe(0)
  })

  it('may end the connection when it is lost', async () => {
    const { client, connection, is } = await connected()
    const channel = client.channel('news')
    channel.onAny(() => {})
    await until(() => channel.getSnapshot().state === 'subscribed', 'the subscription')
    channel.onState(({ state }) => {
      if (state === 'subscribing') client.disconnect()
    })
    server.cut()
    await is('disconnected')
    timers.advance(60_000)
    expect(connection.state).toBe('disconnected')
    expect(server.count('connect')).toBe(1)
  })

  it('may begin another connection when one is lost', async () => {
    const { client, connection, is } = await connected()
    connection.subscribe(() => {
      if (connection.state === 'unavailable') client.connect()
    })
    server.cut()
    await until(() => server.count('connect') === 2, 'the other connection')
    await is('connected')
    timers.advance(1_000)
    expect(server.count('connect')).toBe(2)
  })

  it('that throw stop nothing', async () => {
    const thrown: unknown[] = []
    const catching = (error: unknown) => thrown.push(error)
    const others = process.listeners('uncaughtException')
    process.removeAllListeners('uncaughtException')
    process.on('uncaughtException', catching)
    try {
      const fail = () => {
        throw new Error('The application fails.')
      }
      const { client, connection } = await connected({ onError: fail })
      connection.subscribe(fail)
      const heard: unknown[] = []
      const channel = client.channel('news')
      channel.onState(fail)
      channel.onAny(fail)
      channel.on('event', (data) => heard.push(data))
      await until(() => server.subscribers('news') === 1, 'the subscription')
      const event = { type: 'event', ...server.log('news').append('event', 'after it') }
      server.pushText(`nonsense\n${JSON.stringify(event)}`)
      await until(() => heard.length === 1, 'the event')
      expect(connection.state).toBe('connected')
      expect(thrown.length).toBeGreaterThan(2)
      client.close()
      await new Promise((resolve) => setImmediate(resolve))
    } finally {
      process.off('uncaughtException', catching)
      for (const other of others) process.on('uncaughtException', other)
    }
  })
})

describe('the close codes of the protocol', () => {
  it.each([1000, 1001, 1003, 1007, 1009, 1011, 1012, 4408, 4409, 4429, 4503, 4508])(
    '%i is followed by another connection',
    async (code) => {
      const { is } = await connected()
      server.closeAll(code)
      await is('unavailable')
      timers.advance(300)
      await is('connected')
    },
  )

  it.each([4401, 4402])('%i is followed by one with another token', async (code) => {
    let asked = 0
    const { is } = await connected({ token: () => `ada-${++asked}` })
    server.closeAll(code)
    await is('unavailable')
    timers.advance(300)
    await is('connected')
    expect(asked).toBe(2)
  })

  it.each([4400, 4403, 4404, 4406])('%i ends the attempts', async (code) => {
    const { is } = await connected({ token: () => 'ada' })
    server.closeAll(code)
    await is('failed')
    expect(timers.size).toBe(0)
  })
})
