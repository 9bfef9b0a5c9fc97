// Whatever a client sends, it gets a clear code, and nobody else notices.
import { connect as connectTcp } from 'node:net'
import { userChannel } from '@nowcast/protocol'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RawClient } from '../support/rawClient.ts'
import { ServerProcess } from '../support/serverProcess.ts'
import { tokenFor } from '../support/tokens.ts'

const CONFIG = `
export default {
  channels: {
    'open-*': { publish: true, history: { size: 5, ttl: '1h' } },
    'room-:room': { subscribe: ({ user, params }) => user.rooms.includes(params.room) },
  },
  connections: { maxSubscriptions: 50, maxOutboxBytes: 200_000, heartbeat: 2000, connectTimeout: 1500 },
}
`

let server: ServerProcess
let witness: RawClient

beforeAll(async () => {
  server = await ServerProcess.start({ config: CONFIG })
  witness = await RawClient.connect(server.url, 'witness')
  await witness.call('subscribe', { channels: [{ channel: 'open-witness' }] })
})

afterAll(async () => {
  witness?.terminate()
  await server?.dispose()
})

let publications = 0

/** The server and all others are untouched: a bystander still publishes and receives. */
async function expectUntouched(): Promise<void> {
  publications += 1
  const eventId = `witness-${publications}`
  await witness.call('publish', { channel: 'open-witness', event: 'alive', eventId, data: null })
  await witness.until(
    () => witness.events('open-witness').some(({ id }) => id === eventId),
    'the witness event',
  )
}

const errorOf = async (client: RawClient) => {
  await client.until(() => client.pushes.some(({ type }) => type === 'error'), 'an error')
  const push = client.pushes.find((candidate) => candidate.type === 'error')
  return push?.type === 'error' ? push.error.code : undefined
}

describe('frames that are not frames', () => {
  it.each([
    ['text that is not JSON', 'hello', 'malformed_frame'],
    ['JSON that is not an object', '[1,2,3]', 'malformed_frame'],
    [
      'more objects than a frame holds',
      Array(101).fill('{"type":"ping","id":1}').join('\n'),
      'malformed_frame',
    ],
  ])('%s closes the connection with 4400', async (_what, frame, code) => {
    const client = await RawClient.connect(server.url, 'mallory')
    client.socket.send(frame)
    expect(await errorOf(client)).toBe(code)
    expect(await client.closeCode()).toBe(4400)
    await expectUntouched()
  })

  it('binary frames close the connection with 1003', async () => {
    const client = await RawClient.connect(server.url, 'mallory')
    client.socket.send(Buffer.from([1, 2, 3]))
    expect(await errorOf(client)).toBe('binary_not_supported')
    expect(await client.closeCode()).toBe(1003)
    await expectUntouched()
  })

  it('frames over the size limit close the connection with 1009', async () => {
    const client = await RawClient.connect(server.url, 'mallory')
    client.socket.send(JSON.stringify({ id: 1, type: 'ping', padding: 'x'.repeat(70_000) }))
    expect(await client.closeCode()).toBe(1009)
    await expectUntouched()
  })

  it('invalid UTF-8 closes the connection with 1007', async () => {
    const client = await RawClient.connect(server.url, 'mallory')
    client.socket.send(Buffer.from([0x22, 0xc3, 0x28, 0x22]), { binary: false })
    expect(await client.closeCode()).toBe(1007)
    await expectUntouched()
  })

  it('data nested too deep is refused', async () => {
    const client = await RawClient.connect(server.url, 'mallory')
    client.socket.send(`{"id":1,"type":"ping","deep":${'['.repeat(20_000)}${']'.repeat(20_000)}}`)
    expect(await errorOf(client)).toBe('data_too_deep')
    await expectUntouched()
  })
})

describe('commands that make no sense', () => {
  it.each([
    ['an unknown command', { type: 'dance' }, 'unknown_command'],
    ['a command of the wrong shape', { type: 'subscribe', channels: 'all' }, 'invalid_command'],
    ['a malformed channel name', { type: 'history', channel: 'a b' }, 'invalid_channel'],
    [
      'an event without a name',
      { type: 'publish', channel: 'open-x', event: '', eventId: 'a' },
      'invalid_event',
    ],
    ['a publish without an id', { type: 'publish', channel: 'open-x', event: 'e' }, 'invalid_command'],
    ['a second connect', { type: 'connect', version: 1 }, 'already_connected'],
    [
      'a publish where no policy allows it',
      { type: 'publish', channel: 'news', event: 'e', eventId: 'a' },
      'forbidden',
    ],
    [
      "a publish on a conversation's channel",
      { type: 'publish', channel: 'conversation-x', event: 'e', eventId: 'a' },
      'forbidden',
    ],
    ['history of a private channel', { type: 'history', channel: 'private-x' }, 'forbidden'],
    [
      'data over the limit',
      { type: 'publish', channel: 'open-x', event: 'e', eventId: 'a', data: 'x'.repeat(40_000) },
      'data_too_large',
    ],
  ])('%s is answered with its code', async (_what, command, code) => {
    const client = await RawClient.connect(server.url, 'mallory')
    expect((await client.ask(command)).error?.code).toBe(code)
    expect((await client.ask({ type: 'ping' })).result).toEqual({})
    client.terminate()
    await expectUntouched()
  })

  it('names the field that is wrong', async () => {
    const client = await RawClient.connect(server.url, 'mallory')
    const { error } = await client.ask({
      type: 'conversation.send',
      conversation: 'general',
      messageId: 7,
      body: 'x',
    })
    expect(error).toMatchObject({ code: 'invalid_command', field: 'messageId' })
    client.terminate()
  })

  it('private and presence channels are closed to everybody unless a policy opens them', async () => {
    const client = await RawClient.connect(server.url, 'mallory')
    const { channels } = await client.call('subscribe', {
      channels: [
        { channel: 'private-x' },
        { channel: 'presence-x' },
        { channel: 'user-alice' },
        { channel: 'open-x' },
      ],
    })
    const codes = channels.map((result) => ('error' in result ? result.error.code : result.recovery))
    expect(codes).toEqual(['forbidden', 'forbidden', 'forbidden', 'fresh'])
    client.terminate()
  })

  it('the same event id with other content is a conflict, with the same content a duplicate', async () => {
    const client = await RawClient.connect(server.url, 'mallory')
    const event = { channel: 'open-conflict', event: 'e', eventId: 'once', data: 1 }
    const first = await client.call('publish', event)
    expect(await client.call('publish', event)).toEqual({ ...first, duplicate: true })
    await expect(client.call('publish', { ...event, data: 2 })).rejects.toThrow('idempotency_conflict')
    client.terminate()
  })

  it('subscriptions over the limit are refused one by one', async () => {
    const client = await RawClient.connect(server.url, 'mallory')
    let refused = 0
    for (let start = 0; start < 10_000; start += 200) {
      const requests = Array.from({ length: 200 }, (_, index) => ({ channel: `open-${start + index}` }))
      const { channels } = await client.call('subscribe', { channels: requests })
      refused += channels.filter(
        (result) => 'error' in result && result.error.code === 'too_many_subscriptions',
      ).length
    }
    expect(refused).toBe(9_950)
    client.terminate()
    await expectUntouched()
  })
})

describe('tokens', () => {
  const connect = async (fields: object) => {
    const client = await RawClient.open(server.url)
    const { error } = await client.ask({ type: 'connect', version: 1, ...fields })
    return { code: error?.code, closed: await client.closeCode() }
  }

  it.each([
    ['expired', () => ({ token: tokenFor('a', {}, 'dev-secret', -60) }), 'token_expired', 4402],
    ['forged', () => ({ token: tokenFor('a', {}, 'another secret') }), 'unauthorized', 4401],
    ['unsigned', () => ({ token: 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.' }), 'unauthorized', 4401],
    ['without a user', () => ({ token: tokenFor('') }), 'unauthorized', 4401],
    ['garbage', () => ({ token: 'garbage' }), 'unauthorized', 4401],
  ])('%s ones are refused and the connection closed', async (_what, fields, code, closed) => {
    expect(await connect(fields())).toEqual({ code, closed })
    await expectUntouched()
  })

  it('an unknown app key and another version are refused', async () => {
    expect(await connect({ key: 'other' })).toEqual({ code: 'unknown_app', closed: 4404 })
    expect(await connect({ version: 2 })).toEqual({ code: 'unsupported_version', closed: 4406 })
  })

  it('end what they no longer allow, and nothing else, when they are refreshed', async () => {
    const token = (rooms: string[]) => ({ token: tokenFor('alice', { rooms }) })
    const client = await RawClient.open(server.url)
    await client.call('connect', { version: 1, ...token(['1', '2']) })
    await client.call('subscribe', { channels: [{ channel: 'room-1' }, { channel: 'room-2' }] })
    await client.call('refresh', token(['1']))
    await client.until(() => client.pushes.some(({ type }) => type === 'unsubscribed'), 'the end of one')
    expect(client.pushes).toMatchObject([
      { type: 'unsubscribed', channel: 'room-2', error: { code: 'forbidden' } },
    ])
    client.terminate()
  })

  it('of users with any id give them their own channel', async () => {
    for (const id of ['auth0|7', 'Ада', '=7', "a'b(c)*d~e!", 'ada@example.com']) {
      const client = await RawClient.connect(server.url, id)
      const channels = [{ channel: userChannel(id) }, { channel: userChannel(`${id}x`) }, { channel: 'a b' }]
      const { channels: outcomes } = await client.call('subscribe', { channels })
      expect(outcomes).toMatchObject([
        { recovery: 'fresh' },
        { error: { code: 'forbidden' } },
        { error: { code: 'invalid_channel' } },
      ])
      client.terminate()
    }
    expect(userChannel('=7')).not.toBe(userChannel('7'))
  })

  it("another user's token does not refresh a connection, and leaves it as it was", async () => {
    const client = await RawClient.connect(server.url, 'alice')
    await expect(client.call('refresh', { token: tokenFor('bob') })).rejects.toThrow('unauthorized')
    expect(await client.call('refresh', { token: tokenFor('alice') })).toHaveProperty('expiresAt')
    client.terminate()
  })

  it('a connection ends when its token does', async () => {
    const client = await RawClient.open(server.url)
    await client.call('connect', { version: 1, token: tokenFor('alice', {}, 'dev-secret', 1) })
    expect(await client.closeCode()).toBe(4402)
  })

  it('commands before connect are refused', async () => {
    const client = await RawClient.open(server.url)
    expect((await client.ask({ type: 'ping' })).error?.code).toBe('not_connected')
    expect(await client.closeCode()).toBe(4400)
  })

  it('a link that never connects is closed', async () => {
    const client = await RawClient.open(server.url)
    expect(await client.closeCode()).toBe(4409)
  })
})

describe('positions', () => {
  it('of another epoch, of the future and of what is no longer kept are explicit gaps', async () => {
    const client = await RawClient.connect(server.url, 'alice')
    for (let index = 0; index < 20; index += 1) {
      await client.call('publish', { channel: 'open-gaps', event: 'e', eventId: `g${index}`, data: index })
    }
    const { position } = await client.call('history', { channel: 'open-gaps', limit: 1 })
    const from = async (asked: { epoch: string; offset: number }) => {
      const { channels } = await client.call('subscribe', {
        channels: [{ channel: 'open-gaps', position: asked }],
      })
      return channels[0]
    }
    expect(await from({ epoch: 'another', offset: 3 })).toMatchObject({
      recovery: 'gap',
      reason: 'epoch-changed',
      action: 'reload',
    })
    expect(await from({ ...position, offset: 21 })).toMatchObject({ recovery: 'gap', reason: 'offset-ahead' })
    expect(await from({ ...position, offset: 2 })).toMatchObject({ recovery: 'gap', reason: 'expired' })
    expect(await from({ ...position, offset: 17 })).toMatchObject({
      recovery: 'recovered',
      publications: [{ offset: 18 }, { offset: 19 }, { offset: 20 }],
    })
    client.terminate()
  })
})

describe('conversations', () => {
  it('refuse strangers, long bodies, empty ones, and an id used for another message', async () => {
    const alice = await RawClient.connect(server.url, 'alice')
    const mallory = await RawClient.connect(server.url, 'mallory')
    const secret = await alice.call('conversation.create', { name: 'Secret', kind: 'closed' })
    const open = await alice.call('conversation.create', { name: 'Open' })
    const send = (client: RawClient, conversation: string, body: string, messageId = 'm') =>
      client.call('conversation.send', { conversation, messageId, body })

    await expect(send(mallory, secret.id, 'hi')).rejects.toThrow(/not_a_member|conversation_not_found/)
    await expect(send(mallory, open.id, 'hi')).rejects.toThrow('not_a_member')
    await expect(send(mallory, 'nowhere', 'hi')).rejects.toThrow('conversation_not_found')
    await expect(mallory.call('conversation.history', { conversation: secret.id })).rejects.toThrow(
      'conversation_not_found',
    )
    await expect(mallory.call('conversation.join', { conversation: secret.id })).rejects.toThrow(
      'conversation_not_found',
    )
    await expect(mallory.call('conversation.search', { query: 'x', conversation: open.id })).rejects.toThrow(
      'not_a_member',
    )
    const { channels } = await mallory.call('subscribe', {
      channels: [{ channel: `conversation-${secret.id}` }],
    })
    expect(channels[0]).toMatchObject({ error: { code: 'conversation_not_found' } })

    await expect(send(alice, open.id, 'é'.repeat(1_025))).rejects.toThrow('body_too_long')
    await expect(send(alice, open.id, ' \n ')).rejects.toThrow('body_empty')
    const first = await send(alice, open.id, 'é'.repeat(1_024), 'once')
    expect((await send(alice, open.id, 'é'.repeat(1_024), 'once')).message).toEqual(first.message)
    await expect(send(alice, open.id, 'other', 'once')).rejects.toThrow('idempotency_conflict')
    await expect(
      mallory.call('conversation.edit', {
        conversation: open.id,
        offset: first.message.offset,
        body: 'mine now',
      }),
    ).rejects.toThrow('not_a_member')
    alice.terminate()
    mallory.terminate()
    await expectUntouched()
  })

  it('need a token', async () => {
    const anonymous = await RawClient.connect(server.url)
    await expect(anonymous.call('conversation.list', { scope: 'mine' })).rejects.toThrow('unauthorized')
    anonymous.terminate()
  })
})

describe('links that misbehave', () => {
  it('a half-open link is found and closed', async () => {
    const client = await RawClient.connect(server.url, 'ghost')
    // Nothing is read any more, so pings go unanswered.
    client.socket.pause()
    const before = (await health()).connections
    await waitFor(async () => (await health()).connections < before, 'the dead peer to be dropped')
    client.terminate()
    await expectUntouched()
  })

  it('a client that never reads is closed, and holds no memory', async () => {
    const slow = await RawClient.connect(server.url, 'slow')
    await slow.call('subscribe', { channels: [{ channel: 'open-flood' }] })
    const before = (await health()).connections
    slow.socket.pause()
    const publisher = await RawClient.connect(server.url, 'publisher')
    const data = 'x'.repeat(30_000)
    let pings = 0
    await waitFor(async () => {
      // Who is silent too would be taken for dead before its buffers are full.
      pings += 1
      slow.socket.send(JSON.stringify({ id: 1_000 + pings, type: 'ping' }))
      const burst = Array.from({ length: 40 }, (_, index) => `flood-${pings}-${index}`)
      const event = { channel: 'open-flood', event: 'e', data }
      await Promise.all(burst.map((eventId) => publisher.call('publish', { ...event, eventId })))
      return (await metric('nowcast_refusals_total{code="slow_reader"}')) > 0
    }, 'the slow reader to be closed')
    await waitFor(async () => (await health()).connections <= before, 'the slow reader to be gone')
    slow.terminate()
    publisher.terminate()
    await expectUntouched()
  })

  it('bytes that are not HTTP, and unknown upgrade paths, end the link', async () => {
    const garbage = connectTcp(server.port, '127.0.0.1')
    garbage.on('error', () => {})
    garbage.write('\u0000\u0001\u0002 garbage\r\n\r\n')
    await new Promise((resolve) => garbage.once('close', resolve).resume())
    const lost = connectTcp(server.port, '127.0.0.1')
    lost.write('GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
    const answer = await new Promise<string>((resolve) =>
      lost.once('data', (data) => resolve(data.toString())),
    )
    expect(answer).toMatch(/^HTTP\/1.1 404/)
    lost.destroy()
    await expectUntouched()
  })

  it('everything refused is counted', async () => {
    expect(await metric('nowcast_refusals_total{code="malformed_frame"}')).toBeGreaterThan(0)
    expect(await metric('nowcast_refusals_total{code="frame_too_large"}')).toBeGreaterThan(0)
    expect(await metric('nowcast_refusals_total{code="invalid_encoding"}')).toBeGreaterThan(0)
  })
})

async function health(): Promise<{ readonly connections: number }> {
  const response = await fetch(`${server.url}/health`)
  const { counts } = (await response.json()) as { counts: { readonly connections: number } }
  return counts
}

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`${server.url}/metrics`)).text()
  const line = text.split('\n').find((candidate) => candidate.startsWith(name))
  return line === undefined ? 0 : Number(line.slice(line.lastIndexOf(' ')))
}

async function waitFor(condition: () => Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + 20_000
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Waited in vain for ${what}.`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
