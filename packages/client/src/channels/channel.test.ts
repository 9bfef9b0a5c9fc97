import { NowcastError } from '@nowcast/protocol'
import * as v from 'valibot'
import { afterEach, beforeEach, describe, expect, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import { createClient } from '../client.ts'
import type { ClientOptions } from '../options.ts'
import type { StandardSchema } from '../schema.ts'
import { ManualTimers } from '../testing/manualTimers.ts'
import { ScriptedServer } from '../testing/scriptedServer.ts'
import { closeLater, testClient } from '../testing/testClient.ts'
import { until } from '../testing/until.ts'

let server: ScriptedServer

beforeEach(async () => {
  server = await ScriptedServer.start()
})

afterEach(() => server.stop())

const make = (options: Partial<ClientOptions> = {}) => testClient(server, options)

describe('events with schemas', () => {
  const events = {
    'thread:updated': z.object({ title: z.string().trim() }),
    'thread:closed': v.object({ by: v.string() }),
  }

  it('have the types of their schemas, and their validated values', async () => {
    const channel = make().channel('threads', { events })
    const heard: unknown[] = []
    channel.on('thread:updated', (data, event) => {
      expectTypeOf(data).toEqualTypeOf<{ title: string }>()
      heard.push(data, event.data, event.offset)
    })
    channel.on('thread:closed', (data) => {
      expectTypeOf(data).toEqualTypeOf<{ by: string }>()
      heard.push(data)
    })
    await until(() => server.subscribers('threads') === 1, 'the subscription')
    server.publish('threads', 'thread:updated', { title: ' Live ' })
    server.publish('threads', 'thread:closed', { by: 'ada' })
    await until(() => heard.length === 4, 'both events')
    expect(heard).toEqual([{ title: 'Live' }, { title: 'Live' }, 1, { by: 'ada' }])
  })

  it('are not delivered when they do not fit, and that is told', async () => {
    const channel = make().channel('threads', { events })
    const heard: unknown[] = []
    const errors: string[] = []
    channel.on('thread:updated', (data) => heard.push(data))
    channel.on('thread:closed', (data) => heard.push(data))
    channel.onInvalid(({ message }) => errors.push(message))
    await until(() => server.subscribers('threads') === 1, 'the subscription')
    server.publish('threads', 'thread:updated', { title: 7 })
    server.publish('threads', 'thread:closed', null)
    server.publish('threads', 'thread:closed', { by: 'ada' })
    await until(() => heard.length === 1, 'the event that fits')
    expect(heard).toEqual([{ by: 'ada' }])
    expect(errors).toHaveLength(2)
    expect(errors[0]).toContain('"thread:updated" on "threads" does not fit its schema')
  })

  it('keep their order when a schema takes its time, and a failing schema stops nothing', async () => {
    const schema: StandardSchema<unknown, number> = {
      '~standard': {
        version: 1,
        vendor: 'test',
        validate(value) {
          if (value === 3) throw new Error('broken')
          const result = { value: Number(value) }
          return value === 1 ? new Promise((resolve) => setImmediate(() => resolve(result))) : result
        },
      },
    }
    const channel = make().channel('numbers', { events: { number: schema } })
    const heard: number[] = []
    const errors: string[] = []
    channel.on('number', (data) => heard.push(data))
    channel.onInvalid(({ message }) => errors.push(message))
    await until(() => server.subscribers('numbers') === 1, 'the subscription')
    for (const number of [1, 2, 3, 4]) server.publish('numbers', 'number', number)
    await until(() => heard.length === 3, 'the events')
    expect(heard).toEqual([1, 2, 4])
    expect(errors[0]).toContain('broken')
  })
})

describe('a channel', () => {
  it('hears only what its listeners are for, until it is closed', async () => {
    const client = make()
    const channel = client.channel('news')
    const heard: string[] = []
    channel.on('one', () => heard.push('one'))
    channel.onAny(({ name }) => heard.push(`any ${name}`))
    const other = client.channel('news').on('two', () => heard.push('other two'))
    await until(() => server.subscribers('news') === 1, 'the subscription')
    server.publish('news', 'one', null)
    server.publish('news', 'two', null)
    await until(() => heard.length === 4, 'the events')
    expect(heard).toEqual(['one', 'any one', 'any two', 'other two'])
    channel.close()
    server.publish('news', 'two', null)
    await until(() => heard.length === 5, 'the event of the other')
    expect(heard.at(-1)).toBe('other two')
    other()
  })

  it('reads its history', async () => {
    server.publish('news', 'one', 1)
    const { publications, position } = await make().channel('news').history()
    expect(publications.map(({ data }) => data)).toEqual([1])
    expect(position.offset).toBe(1)
  })
})

describe('publishing', () => {
  it('is acknowledged with the place of the event', async () => {
    const channel = make().channel('news')
    const result = await channel.publish('event', { a: 1 }, { id: 'chosen', metadata: { trace: 't' } })
    expect(result).toMatchObject({ duplicate: false, position: { offset: 1 } })
    expect(server.commands.at(-1)).toMatchObject({ eventId: 'chosen', metadata: { trace: 't' } })
  })

  it('waits for the connection', async () => {
    const client = createClient({ url: 'ws://127.0.0.1:1', WebSocket: class extends WebSocketOf() {} })
    closeLater(client)
    const outcome = client.channel('news').publish('event', 1)
    expect(client.connection.getSnapshot().queued).toBe(1)
    client.close()
    await expect(outcome).rejects.toMatchObject({ code: 'not_connected' })
  })

  it('arrives once, although the acknowledgement is lost again and again', async () => {
    let silent = 3
    server.script = ({ type }) => {
      if (type !== 'publish' || silent-- <= 0) return undefined
      setImmediate(() => server.cut())
      return 'silent'
    }
    const client = make()
    const result = await client.channel('news').publish('event', 1)
    expect(result).toMatchObject({ duplicate: true, position: { offset: 1 } })
    expect(server.log('news').publications).toHaveLength(1)
    expect(server.count('publish')).toBe(4)
    expect(client.connection.getSnapshot().queued).toBe(0)
  })

  it('says what was refused', async () => {
    server.script = ({ type }) => (type === 'publish' ? new NowcastError('forbidden', 'Not you.') : undefined)
    await expect(make().channel('news').publish('event', 1)).rejects.toMatchObject({ code: 'forbidden' })
    expect(server.count('publish')).toBe(1)
  })

  it('refuses data that is no JSON', async () => {
    const circular: { self?: unknown } = {}
    circular.self = circular
    await expect(
      make()
        .channel('news')
        .publish('event', circular as never),
    ).rejects.toMatchObject({
      code: 'invalid_command',
    })
  })

  it('is given up in time where a time is given', async () => {
    server.script = ({ type }) => (type === 'publish' ? 'ignore' : undefined)
    const timers = new ManualTimers()
    const client = make({ timers })
    const outcome = client.channel('news').publish('event', 1, { timeoutMs: 3_000 })
    const refusal = expect(outcome).rejects.toMatchObject({ code: 'timeout' })
    await until(() => server.count('publish') === 1, 'the command')
    timers.advance(3_000)
    await refusal
    expect(client.connection.getSnapshot().queued).toBe(0)
  })
})

/** A WebSocket that never opens. */
function WebSocketOf() {
  return class {
    onopen = null
    onmessage = null
    onclose = null
    onerror = null
    send() {}
    close() {}
  }
}
