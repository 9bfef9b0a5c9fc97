// What nobody should send: told, counted, and harmless to everybody else.
import { randomBytes, randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ClusterNodes } from '../../support/everyCluster.ts'
import { pusherAuth, RawPusherClient } from '../../support/rawPusherClient.ts'
import { TestDatabase } from '../../support/testDatabase.ts'

let database: TestDatabase
let nodes: ClusterNodes
let url: string

beforeAll(async () => {
  database = await TestDatabase.start()
  const config = { connections: { maxFrameBytes: 20_000, maxPendingCommands: 50 } }
  nodes = await ClusterNodes.start(database, config)
  url = nodes.urlOf(0)
})
afterAll(async () => {
  await nodes?.stop()
  await database?.stop()
})

/** Refusals by their code, as the metrics count them. */
async function refusals(): Promise<Record<string, number>> {
  const text = await (await fetch(`${url}/metrics`)).text()
  const counted = text.matchAll(/^nowcast_refusals_total\{code="(\w+)"\} (\d+)$/gm)
  return Object.fromEntries([...counted].map(([, code, count]) => [code, Number(count)]))
}

const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels)

describe('a message', () => {
  it.each([
    ['that is no JSON', 'hello', 'malformed_frame'],
    ['that is empty', '', 'malformed_frame'],
    ['that is no object', '[1]', 'malformed_frame'],
    ['that is null', 'null', 'malformed_frame'],
    ['without an event', '{}', 'invalid_command'],
    ['whose event is no text', '{"event":5}', 'invalid_command'],
    ['of an unknown event', '{"event":"pusher:dance","data":{}}', 'unknown_command'],
    ['of an event that only the server has', '{"event":"pusher_internal:member_added"}', 'unknown_command'],
    ['of an event without the prefix', '{"event":"greeting","channel":"a","data":{}}', 'unknown_command'],
    ['that subscribes to nothing', '{"event":"pusher:subscribe"}', 'invalid_command'],
    ['that subscribes by text', '{"event":"pusher:subscribe","data":"news"}', 'malformed_frame'],
    ['that subscribes to a number', '{"event":"pusher:subscribe","data":{"channel":5}}', 'invalid_command'],
    [
      'that signs with a number',
      '{"event":"pusher:subscribe","data":{"channel":"a","auth":5}}',
      'invalid_command',
    ],
    [
      'with channel_data that is no text',
      '{"event":"pusher:subscribe","data":{"channel":"a","channel_data":{}}}',
      'invalid_command',
    ],
    ['that unsubscribes from nothing', '{"event":"pusher:unsubscribe","data":{}}', 'invalid_command'],
    ['that signs nobody in', '{"event":"pusher:signin","data":{}}', 'invalid_command'],
    ['of a client to no channel', '{"event":"client-a","data":1}', 'invalid_command'],
    [
      'that is nested too deeply',
      `{"event":"client-a","channel":"private-a","data":${deep(40)}}`,
      'data_too_deep',
    ],
    [
      'whose data is nested too deeply',
      JSON.stringify({ event: 'pusher:subscribe', data: deep(40) }),
      'malformed_frame',
    ],
  ])('%s is refused and counted, and the connection goes on', async (_, text, code) => {
    const client = await RawPusherClient.connect(url)
    const before = (await refusals())[code] ?? 0
    client.socket.send(text)
    await client.untilHeard('pusher:error')
    expect(client.data('pusher:error')).toEqual([{ code: null, message: expect.any(String) }])
    expect((await refusals())[code]).toBe(before + 1)
    expect((await client.subscribe('news')).event).toBe('pusher_internal:subscription_succeeded')
    client.terminate()
  })

  it('that is binary is refused', async () => {
    const client = await RawPusherClient.connect(url)
    client.socket.send(randomBytes(10))
    await client.untilHeard('pusher:error')
    await client.settled()
    client.terminate()
  })

  it('that is too large ends its own connection only', async () => {
    const [client, other] = [await RawPusherClient.connect(url), await RawPusherClient.connect(url)]
    client.socket.send('x'.repeat(20_001))
    expect(await client.closeCode()).toBe(1009)
    await other.settled()
    other.terminate()
  })

  it('of anything at all harms nobody', async () => {
    const client = await RawPusherClient.connect(url)
    const events = fc.constantFrom(
      'pusher:subscribe',
      'pusher:unsubscribe',
      'pusher:signin',
      'client-x',
      'pusher:ping',
    )
    const fields = fc.record(
      { channel: fc.anything(), auth: fc.anything(), channel_data: fc.anything(), user_data: fc.anything() },
      { requiredKeys: [] },
    )
    const message = fc.record({
      event: fc.oneof(events, fc.anything()),
      data: fc.oneof(fields, fc.anything()),
      channel: fc.anything(),
    })
    const toText = (value: unknown) => {
      try {
        return (
          JSON.stringify(value, (_key, inner) => (typeof inner === 'bigint' ? String(inner) : inner)) ?? ''
        )
      } catch {
        return ''
      }
    }
    for (const value of fc.sample(message, 300)) {
      const text = toText(value)
      if (text.length < 20_000) client.socket.send(text)
      await client.settled()
    }
    expect(client.closed).toBeUndefined()
    client.terminate()
  })
})

describe('a channel', () => {
  it.each([
    ['with a space', 'my channel'],
    ['with a slash', 'news/today'],
    ['with a colon', 'a:b'],
    ['with letters of other alphabets', 'nächste'],
    ['of too many characters', 'x'.repeat(201)],
    ['of the server', '#internal'],
    ['of the native protocol', 'user-ada'],
    ['of a conversation', 'conversation-general'],
    ['of a user who is half a character', '#server-to-user-\ud800'],
    ['of a user of too many characters', `#server-to-user-${'x'.repeat(129)}`],
  ])('%s is refused', async (_, name) => {
    const client = await RawPusherClient.connect(url)
    const { event, data = '' } = await client.subscribe(name)
    expect(event).toBe('pusher:subscription_error')
    expect(JSON.parse(data).type).not.toBe('ServerError')
    client.terminate()
  })

  it('that was subscribed to before is refused, and stays', async () => {
    const client = await RawPusherClient.connect(url)
    const name = `news-${randomUUID()}`
    await client.subscribe(name)
    client.say('pusher:subscribe', { channel: name })
    await client.untilHeard('pusher:error', name)
    expect(client.data('pusher:error')).toEqual([
      { code: null, message: `Existing subscription to channel ${name}` },
    ])
    await nodes.nodes[0]?.publish(name, 'headline', 1)
    await client.untilHeard('headline', name)
    await client.settled()
    expect(client.heard('headline')).toHaveLength(1)
    client.terminate()
  })

  it('that is private needs a signature for this very connection and channel', async () => {
    const [client, other] = [await RawPusherClient.connect(url), await RawPusherClient.connect(url)]
    const name = `private-${randomUUID()}`
    const { socketId } = client
    const wrong = [
      undefined,
      '',
      ':',
      'dev-key',
      'dev-key:',
      'dev-key:short',
      pusherAuth(`${other.socketId}:${name}`),
      pusherAuth(`${socketId}:${name}-else`),
      pusherAuth(`${socketId}:${name}`, 'another secret'),
      pusherAuth(`${socketId}:${name}`, 'dev-secret', 'another-key'),
      pusherAuth(`${socketId}:${name}`).toUpperCase(),
      `${pusherAuth(`${socketId}:${name}`)}0`,
    ]
    for (const [index, auth] of wrong.entries()) {
      client.say('pusher:subscribe', { channel: name, auth })
      await client.untilHeard('pusher:subscription_error', name, index + 1)
    }
    for (const refusal of client.data('pusher:subscription_error')) {
      expect(refusal).toMatchObject({ type: 'AuthError', status: 401 })
    }
    await nodes.nodes[0]?.publish(name, 'hidden', 1)
    await client.settled()
    expect(client.heard('hidden')).toEqual([])
    for (const each of [client, other]) each.terminate()
  })
})

it('asks for no more at once than is allowed', async () => {
  const client = await RawPusherClient.connect(url)
  for (let index = 0; index < 500; index += 1) client.say('pusher:subscribe', { channel: `many-${index}` })
  await client.until(
    () => client.frames.filter(({ channel }) => channel?.startsWith('many-')).length === 500,
    'all answers',
  )
  const refused = client.data('pusher:subscription_error')
  expect(refused.every(({ type }) => type === 'LimitReached')).toBe(true)
  expect(refused.length).toBeLessThan(500)
  await client.settled()
  client.terminate()
})

it('never takes the word of who publishes for that of the server', async () => {
  const client = await RawPusherClient.connect(url)
  const name = `news-${randomUUID()}`
  await client.subscribe(name)
  for (const event of [
    'pusher:error',
    'pusher_internal:subscription_succeeded',
    'pusher_internal:member_added',
  ]) {
    await nodes.nodes[0]?.publish(name, event, { code: 4001 })
  }
  await nodes.nodes[0]?.publish(name, 'after', 1)
  await client.untilHeard('after', name)
  expect(client.frames.slice(1).map(({ event }) => event)).toEqual([
    'pusher_internal:subscription_succeeded',
    'after',
  ])
  client.terminate()
})
