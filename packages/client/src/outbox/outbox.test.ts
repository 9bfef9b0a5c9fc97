import 'fake-indexeddb/auto'
import { NowcastError } from '@nowcast/protocol'
import { IDBFactory } from 'fake-indexeddb'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { NowcastClient } from '../client.ts'
import type { ClientOptions } from '../options.ts'
import { ManualTimers } from '../testing/manualTimers.ts'
import { ScriptedServer } from '../testing/scriptedServer.ts'
import { testClient } from '../testing/testClient.ts'
import { until } from '../testing/until.ts'
import { IndexedDbStorage, type OutboxStorage } from './storage.ts'

let server: ScriptedServer

beforeEach(async () => {
  vi.stubGlobal('indexedDB', new IDBFactory())
  server = await ScriptedServer.start()
  server.conversations.create('general')
})

afterEach(async () => {
  await server.stop()
  vi.unstubAllGlobals()
})

const make = (options: Partial<ClientOptions> = {}) => testClient(server, { outbox: {}, ...options })

const stored = (user = 'ada', storage: OutboxStorage = new IndexedDbStorage()) =>
  storage.load(`${server.url}\n\n${user}`)
const bodies = () => (server.conversations.messages.get('general') ?? []).map(({ body }) => body)
const settled = (client: NowcastClient) =>
  until(() => client.connection.getSnapshot().queued === 0, 'everything to be acknowledged')

describe('the outbox', () => {
  it('keeps the order of a conversation, once each, whatever is cut, refused or unanswered', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('serve', 'serve', 'serve', 'silent and cut', 'cut', 'refuse'), {
          minLength: 1,
          maxLength: 30,
        }),
        async (plan) => {
          const own = await ScriptedServer.start()
          own.conversations.create('general')
          const steps = [...plan]
          own.script = ({ type }) => {
            if (type !== 'conversation.send') return undefined
            const step = steps.shift() ?? 'serve'
            if (step === 'refuse') return new NowcastError('unavailable', 'Later.', { retryAfterMs: 1 })
            if (step === 'serve') return undefined
            setImmediate(() => own.cut())
            return step === 'cut' ? 'ignore' : 'silent'
          }
          const timers = new ManualTimers()
          const client = testClient(own, { timers, backoff: {} })
          try {
            const wanted = plan.map((_, index) => `message ${index}`)
            for (const body of wanted) client.conversation('general').send(body)
            await until(() => {
              timers.advance(50)
              return client.connection.getSnapshot().queued === 0
            }, 'everything to be acknowledged')
            const messages = own.conversations.messages.get('general') ?? []
            expect(messages.map(({ body }) => body)).toEqual(wanted)
          } finally {
            client.close()
            await own.stop()
          }
        },
      ),
      { numRuns: 30 },
    )
  })

  it('is bounded', async () => {
    const client = make({
      outbox: { size: 2, storage: 'memory' },
      token: () => new Promise<string>(() => {}),
    })
    const channel = client.channel('news')
    const accepted = [channel.publish('event', 1), channel.publish('event', 2)]
    await expect(channel.publish('event', 3)).rejects.toMatchObject({ code: 'limit_exceeded' })
    const message = client.conversation('general').send('too much')
    await until(
      () => client.conversation('general').getSnapshot().messages[0]?.status === 'failed',
      'the message to fail',
    )
    expect(message.status).toBe('sending')
    expect(client.connection.getSnapshot().queued).toBe(2)
    client.close()
    for (const outcome of accepted) await expect(outcome).rejects.toMatchObject({ code: 'not_connected' })
  })

  it('waits as long as a refusal says', async () => {
    const timers = new ManualTimers()
    let refusals = 1
    server.script = ({ type }) =>
      type === 'publish' && refusals-- > 0
        ? new NowcastError('limit_exceeded', 'Slower.', { retryAfterMs: 5_000 })
        : undefined
    const client = make({ timers })
    const outcome = client.channel('news').publish('event', 1)
    await until(() => server.count('publish') === 1, 'the first attempt')
    await until(() => timers.size > 0, 'the waiting')
    timers.advance(4_999)
    expect(server.count('publish')).toBe(1)
    await until(() => {
      timers.advance(100)
      return server.count('publish') === 2
    }, 'the second attempt')
    await outcome
  })

  it('gives up what the server fails at again and again', async () => {
    const timers = new ManualTimers()
    server.script = ({ type }) => (type === 'publish' ? new NowcastError('internal', 'A fault.') : undefined)
    const outcome = make({ timers }).channel('news').publish('event', 1)
    const refusal = expect(outcome).rejects.toMatchObject({ code: 'internal' })
    await until(() => {
      timers.advance(1_000)
      return server.count('publish') === 8
    }, 'the last attempt')
    await refusal
  })

  it('keeps unsent messages across a reload, shows them and sends them in their order', async () => {
    server.script = ({ type }) => (type === 'conversation.send' ? 'ignore' : undefined)
    const before = make()
    const written = ['one', 'two', 'three']
    for (const body of written) before.conversation('general').send(body)
    await until(() => server.count('conversation.send') === 1, 'the first attempt')
    await vi.waitFor(async () => expect(await stored()).toHaveLength(3))
    before.close()
    expect(await stored()).toHaveLength(3)

    // What is written before the connection is there comes after what is left from the earlier page.
    const after = make()
    const conversation = after.conversation('general')
    conversation.subscribe(() => {})
    conversation.send('four')
    const shown = () => conversation.getSnapshot().messages.map(({ body, status }) => `${body} ${status}`)
    await until(() => shown().length === 4, 'the messages')
    expect([...shown()].sort()).toEqual(['four sending', 'one sending', 'three sending', 'two sending'])
    expect(conversation.getSnapshot().messages.every(({ own }) => own)).toBe(true)
    server.script = () => undefined
    server.cut()
    await settled(after)
    expect(bodies()).toEqual([...written, 'four'])
    await until(() => shown().join() === 'one sent,two sent,three sent,four sent', 'all to be sent')
    await vi.waitFor(async () => expect(await stored()).toHaveLength(0))
  })

  it('is shared by two tabs without loss or doubles', async () => {
    server.script = ({ type }) => (type === 'conversation.send' ? 'ignore' : undefined)
    const one = make()
    for (const body of ['one', 'two']) one.conversation('general').send(body)
    await vi.waitFor(async () => expect(await stored()).toHaveLength(2))
    const two = make()
    two.connect()
    await until(() => two.connection.getSnapshot().queued === 2, 'the other tab to find them')
    server.script = () => undefined
    server.cut()
    await Promise.all([settled(one), settled(two)])
    expect(bodies()).toEqual(['one', 'two'])
    await vi.waitFor(async () => expect(await stored()).toHaveLength(0))
  })

  it('never sends what one user wrote as another', async () => {
    let user = 'ada'
    server.script = ({ type }) => (type === 'conversation.send' ? 'ignore' : undefined)
    const client = make({ token: () => user })
    client.conversation('general').send('from ada')
    await vi.waitFor(async () => expect(await stored()).toHaveLength(1))
    user = 'grace'
    server.script = () => undefined
    server.cut()
    await until(() => client.connection.getSnapshot().user?.id === 'grace', 'the other user')
    client.conversation('general').send('from grace')
    await settled(client)
    const other = make({ token: 'grace' })
    other.connect()
    await until(() => other.connection.state === 'connected', 'the other client')
    await other.channel('news').publish('event', 1)
    expect(bodies()).toEqual(['from grace'])
    expect(await stored()).toHaveLength(1)

    const ada = make()
    ada.connect()
    await until(() => bodies().length === 2, 'the message of the first user')
    expect(server.conversations.messages.get('general')?.map(({ sender }) => sender)).toEqual([
      'grace',
      'ada',
    ])
  })

  it('keeps what was written before the first connection, where the user is known', async () => {
    const away = { url: 'ws://127.0.0.1:9', key: 'one', user: 'ada' }
    const before = make(away)
    before.conversation('general').send('written offline')
    const ofAda = () => new IndexedDbStorage().load('ws://127.0.0.1:9\none\nada')
    await vi.waitFor(async () => expect(await ofAda()).toHaveLength(1))
    before.close()

    // Still offline: it is on screen all the same.
    const later = make(away)
    const conversation = later.conversation('general')
    conversation.subscribe(() => {})
    await until(() => conversation.getSnapshot().messages.length === 1, 'the message')
    expect(conversation.getSnapshot().messages[0]).toMatchObject({
      body: 'written offline',
      status: 'sending',
      sender: 'ada',
      own: true,
    })
    later.close()
    expect(await ofAda()).toHaveLength(1)
  })

  it('sends what was written before the first connection after a reload, in its order', async () => {
    server.script = ({ type }) => (type === 'connect' ? 'ignore' : undefined)
    const before = make({ user: 'ada' })
    for (const body of ['one', 'two']) before.conversation('general').send(body)
    await vi.waitFor(async () => expect(await stored()).toHaveLength(2))
    before.close()
    server.script = () => undefined
    const after = make({ user: 'ada' })
    after.conversation('general').send('three')
    await settled(after)
    expect(bodies()).toEqual(['one', 'two', 'three'])
    await vi.waitFor(async () => expect(await stored()).toHaveLength(0))
  })

  it('does not send what one user wrote before the server says that it is another', async () => {
    const client = make({ user: 'ada', token: 'grace' })
    const outcome = client.channel('news').publish('event', 'of ada')
    await expect(outcome).rejects.toMatchObject({ code: 'unauthorized' })
    expect(server.count('publish')).toBe(0)
    expect(await stored()).toHaveLength(1)
    expect(await stored('grace')).toHaveLength(0)

    const ada = make()
    ada.connect()
    await until(() => server.log('news').publications.length === 1, 'the event')
    expect(server.log('news').publications[0]?.sender).toBe('ada')
  })

  it('keeps the order in which two tabs were written in', async () => {
    server.script = ({ type }) => (type === 'connect' ? 'ignore' : undefined)
    const timers = new ManualTimers()
    const one = make({ user: 'ada', timers })
    timers.advance(60_000)
    const two = make({ user: 'ada', timers })
    const written = ['one', 'two', 'three', 'four']
    for (const [index, body] of written.entries()) {
      const tab = index % 2 === 0 ? one : two
      tab.conversation('general').send(body)
      timers.advance(1_000)
    }
    await vi.waitFor(async () => expect(await stored()).toHaveLength(4))
    one.close()
    two.close()
    server.script = () => undefined
    const after = make({ user: 'ada' })
    after.connect()
    await until(() => bodies().length === 4, 'the messages')
    expect(bodies()).toEqual(written)
  })

  it('fails for one tab alone what that tab gave up', async () => {
    server.script = ({ type }) => (type === 'publish' ? 'ignore' : undefined)
    const timers = new ManualTimers()
    const one = make({ user: 'ada', timers })
    const outcome = one.channel('news').publish('event', 1, { timeoutMs: 1_000 })
    await vi.waitFor(async () => expect(await stored()).toHaveLength(1))
    const two = make({ user: 'ada' })
    two.connect()
    await until(() => two.connection.getSnapshot().queued === 1, 'the other tab to find it')
    const refusal = expect(outcome).rejects.toMatchObject({ code: 'timeout' })
    timers.advance(1_000)
    await refusal
    expect(two.connection.getSnapshot().queued).toBe(1)
    server.script = () => undefined
    server.cut()
    await settled(two)
    expect(server.log('news').publications).toHaveLength(1)
  })

  it('takes nothing after the end of the client', async () => {
    const client = make()
    await client.channel('news').publish('event', 1)
    client.close()
    await expect(client.channel('news').publish('event', 2)).rejects.toMatchObject({ code: 'not_connected' })
    await expect(client.channel('news').history()).rejects.toMatchObject({ code: 'not_connected' })
    client.conversation('general').send('too late')
    await until(
      () => client.conversation('general').getSnapshot().messages[0]?.status === 'failed',
      'the message to fail',
    )
    expect(client.connection.state).toBe('disconnected')
    expect(await stored()).toEqual([])
  })

  it('works with a storage that fails or never answers', async () => {
    const errors: NowcastError[] = []
    const broken: OutboxStorage = {
      load: () => Promise.reject(new Error('no')),
      put: () => Promise.reject(new Error('no')),
      delete: () => Promise.reject(new Error('no')),
    }
    const client = make({ outbox: { storage: broken }, onError: (error) => errors.push(error) })
    await client.channel('news').publish('event', 1)
    expect(errors[0]?.code).toBe('unavailable')

    const timers = new ManualTimers()
    const silent: OutboxStorage = { ...broken, load: () => new Promise(() => {}) }
    const other = make({ outbox: { storage: silent }, timers })
    const outcome = other.channel('news').publish('event', 2)
    await until(() => other.connection.state === 'connected', 'the connection')
    timers.advance(2_000)
    await outcome
  })
})
