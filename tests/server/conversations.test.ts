// Chat over the wire: two servers on one database, and clients that speak the protocol by hand.
import { createHash, randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { RawClient } from '../support/rawClient.ts'
import { ServerProcess } from '../support/serverProcess.ts'
import { eventually } from '../support/testDatabase.ts'
import { UNLIMITED_TEXT } from '../support/unlimited.ts'

let server: ServerProcess
let second: ServerProcess
const clients: RawClient[] = []

beforeAll(async () => {
  const config = `export default { ${UNLIMITED_TEXT} }`
  server = await ServerProcess.start({ config })
  second = await ServerProcess.start({ config, flags: ['--database', await databaseUrl(server)] })
})
afterEach(() => {
  for (const client of clients.splice(0)) client.terminate()
})
afterAll(async () => {
  await second?.dispose()
  await server?.dispose()
})

/** The address of a server's embedded PostgreSQL. */
async function databaseUrl({ directory }: ServerProcess): Promise<string> {
  const folder = join(directory, '.nowcast')
  const password = (await readFile(join(folder, 'postgres.password'), 'utf8')).trim()
  const port = (await readFile(join(folder, 'postgres', 'postmaster.pid'), 'utf8')).split('\n')[3]
  return `postgres://nowcast:${password}@127.0.0.1:${port}/postgres`
}

async function connect(user: string, on = server): Promise<RawClient> {
  const client = await RawClient.connect(on.url, user)
  clients.push(client)
  return client
}

const channelOf = (conversation: string) => `conversation-${conversation}`
const upTo = (newest: number) => Array.from({ length: newest }, (_, index) => index + 1)

/** A conversation of ada's, with bob as a member; both connected and subscribed. */
async function talk() {
  const conversation = randomUUID()
  const ada = await connect('ada')
  const bob = await connect('bob')
  await ada.call('conversation.create', { conversation, name: 'Talk' })
  await bob.call('conversation.join', { conversation })
  const channel = channelOf(conversation)
  for (const client of [ada, bob]) await client.call('subscribe', { channels: [{ channel }] })
  const send = (client: RawClient, messageId: string) =>
    client.call('conversation.send', { conversation, messageId, body: `body of ${messageId}` })
  return { conversation, channel, ada, bob, send }
}

describe('a conversation', () => {
  it('is made, found, joined, seen and left', async () => {
    const conversation = randomUUID()
    const [ada, bob] = [await connect('ada'), await connect('bob')]
    const made = await ada.call('conversation.create', { conversation, name: ' Tea ', support: true })
    expect(made).toMatchObject({ id: conversation, name: 'Tea', kind: 'open', role: 'owner', support: true })
    expect(await ada.call('conversation.create', { conversation, name: 'Tea' })).toEqual(made)
    await expect(bob.call('conversation.create', { conversation, name: 'Tea' })).rejects.toThrow(
      'conversation_exists',
    )
    const open = await bob.call('conversation.list', { scope: 'open' })
    expect(open.conversations.map(({ id }) => id)).toContain(conversation)
    await expect(bob.call('conversation.members', { conversation })).rejects.toThrow('not_a_member')
    await expect(bob.call('conversation.history', { conversation })).rejects.toThrow('not_a_member')
    expect(await bob.call('conversation.join', { conversation })).toMatchObject({
      role: 'member',
      memberCount: 2,
    })
    expect((await bob.call('conversation.members', { conversation })).members).toMatchObject([
      { id: 'ada', role: 'owner' },
      { id: 'bob', role: 'member' },
    ])
    expect((await bob.call('conversation.list', { scope: 'mine' })).conversations[0]?.id).toBe(conversation)
    await ada.call('conversation.leave', { conversation })
    expect(await bob.call('conversation.get', { conversation })).toMatchObject({
      role: 'owner',
      memberCount: 1,
    })
  })

  it('that is closed does not exist for strangers', async () => {
    const conversation = randomUUID()
    const [ada, eve] = [await connect('ada'), await connect('eve')]
    await ada.call('conversation.create', { conversation, name: 'Secret', kind: 'closed', members: ['bob'] })
    const commands = ['get', 'join', 'members', 'history'] as const
    for (const command of commands) {
      await expect(eve.call(`conversation.${command}`, { conversation }), command).rejects.toThrow(
        /conversation_not_found/,
      )
    }
    const { channels } = await eve.call('subscribe', { channels: [{ channel: channelOf(conversation) }] })
    expect(channels[0]).toHaveProperty('error')
    const answers = (id: string) =>
      Promise.all(
        [
          { type: 'conversation.leave' },
          { type: 'conversation.send', messageId: 'm', body: 'hello?' },
          { type: 'conversation.edit', offset: 1, body: 'x' },
          { type: 'conversation.search', query: 'x' },
        ].map(async (command) => (await eve.ask({ ...command, conversation: id })).error),
      )
    expect(await answers(conversation)).toEqual(await answers('no-such-conversation'))
  })

  it('whose id a direct one has is not made by anybody', async () => {
    const [one, other, eve] = [await connect('hal'), await connect('ida'), await connect('eve')]
    const digest = createHash('sha256').update('["hal","ida"]').digest('base64url').slice(0, 24)
    const squatting = { conversation: `dm-${digest}`, name: 'Mine', kind: 'closed' }
    expect((await eve.ask({ type: 'conversation.create', ...squatting })).error).toMatchObject({
      code: 'invalid_command',
      field: 'conversation',
    })
    const direct = await one.call('conversation.direct', { user: 'ida' })
    expect(direct.id).toBe(squatting.conversation)
    await expect(other.call('conversation.leave', { conversation: direct.id })).rejects.toThrow('forbidden')
    expect((await other.call('conversation.direct', { user: 'hal' })).role).toBe('member')
  })

  it('between two is the same for both, and both are told', async () => {
    const [one, other] = [`u-${randomUUID()}`, `u-${randomUUID()}`]
    const [left, right] = [await connect(one), await connect(other)]
    await left.call('subscribe', { channels: [{ channel: `user-${one}` }] })
    await right.call('subscribe', { channels: [{ channel: `user-${other}` }] })
    const mine = await left.call('conversation.direct', { user: other })
    const theirs = await right.call('conversation.direct', { user: one })
    expect(theirs.id).toBe(mine.id)
    expect([mine.peer?.id, theirs.peer?.id]).toEqual([other, one])
    for (const [client, user, peer] of [
      [left, one, other],
      [right, other, one],
    ] as const) {
      await client.until(() => client.events(`user-${user}`).length > 0, 'the news')
      const [news] = client.events(`user-${user}`)
      expect(news).toMatchObject({ name: 'conversation:added', data: { peer: { id: peer } } })
    }
    await expect(left.call('conversation.direct', { user: one })).rejects.toThrow('invalid_command')
    const { channels } = await left.call('subscribe', { channels: [{ channel: `user-${other}` }] })
    expect(channels[0]).toHaveProperty('error')
  })

  it('carries messages, edits and deletions to everybody in one order', async () => {
    const { conversation, channel, ada, bob, send } = await talk()
    const sends = upTo(30).flatMap((index) => [send(ada, `a${index}`), send(bob, `b${index}`)])
    const sent = await Promise.all(sends)
    const first = sent[0]?.message.offset ?? 0
    await ada.call('conversation.edit', { conversation, offset: first, body: 'better' })
    await ada.call('conversation.delete', { conversation, offset: first })
    for (const client of [ada, bob]) {
      await client.until(() => client.events(channel).length === 62, 'all events')
      expect(client.events(channel).map(({ offset }) => offset)).toEqual(upTo(62).map((n) => n + 1))
    }
    expect(ada.events(channel)).toEqual(bob.events(channel))
    expect(bob.events(channel).slice(-2)).toMatchObject([
      { name: 'message:edited', data: { offset: first, body: 'better' }, sender: 'ada' },
      { name: 'message:deleted', data: { offset: first, body: '' }, sender: 'ada' },
    ])
    await expect(
      bob.call('conversation.edit', { conversation, offset: first, body: 'mine' }),
    ).rejects.toThrow('forbidden')
  })

  it('is read back in pages, newest first, and searched', async () => {
    const { conversation, ada, send } = await talk()
    for (const index of upTo(5)) await send(ada, `m${index}`)
    const page = await ada.call('conversation.history', { conversation, limit: 2 })
    expect(page).toMatchObject({
      messages: [{ id: 'm5' }, { id: 'm4' }],
      more: true,
      position: { offset: 6 },
    })
    const before = page.messages.at(-1)?.offset ?? 0
    const older = await ada.call('conversation.history', { conversation, limit: 3, before })
    expect(older).toMatchObject({ messages: [{ id: 'm3' }, { id: 'm2' }, { id: 'm1' }], more: false })
    const found = await ada.call('conversation.search', { query: 'BODY OF M3', conversation })
    expect(found).toMatchObject({ messages: [{ id: 'm3' }], more: false })
    const eve = await connect('eve')
    expect(await eve.call('conversation.search', { query: 'body of' })).toEqual({ messages: [], more: false })
    await expect(eve.call('conversation.search', { query: 'body', conversation })).rejects.toThrow(
      'not_a_member',
    )
  })

  it('ends for who leaves', async () => {
    const { conversation, channel, ada, bob, send } = await talk()
    await bob.call('conversation.leave', { conversation })
    await bob.until(() => bob.pushes.some(({ type }) => type === 'unsubscribed'), 'the end')
    expect(bob.pushes.find(({ type }) => type === 'unsubscribed')).toMatchObject({
      channel,
      error: { code: 'not_a_member' },
    })
    await send(ada, 'afterwards')
    await ada.until(() => ada.events(channel).some(({ id }) => id === 'afterwards'), 'the message')
    await bob.call('ping', {})
    expect(bob.events(channel).some(({ id }) => id === 'afterwards')).toBe(false)
    await expect(send(bob, 'too late')).rejects.toThrow()
    await expect(send(bob, 'too-late')).rejects.toThrow('not_a_member')
  })

  it('ends for who leaves while subscribing to it', async () => {
    const conversation = randomUUID()
    const [ada, eve, elsewhere] = [await connect('ada'), await connect('eve'), await connect('eve')]
    await ada.call('conversation.create', { conversation, name: 'Closed', kind: 'closed', members: ['eve'] })
    const database = new pg.Client(await databaseUrl(server))
    await database.connect()
    // Holds up the reading of the channel's past, but not the question who is a member.
    await database.query('begin')
    await database.query('lock table nowcast.messages in access exclusive mode')
    const subscribing = eve.call('subscribe', { channels: [{ channel: channelOf(conversation) }] })
    const waiting =
      "select 1 from pg_stat_activity where application_name = 'nowcast' and wait_event_type = 'Lock'"
    await eventually(async () => (await database.query(waiting)).rows.length > 0, 'the channel to be opened')
    await elsewhere.call('conversation.leave', { conversation })
    await database.query('commit')
    await database.end()
    expect((await subscribing).channels[0]).toMatchObject({ error: { code: 'conversation_not_found' } })
    await ada.call('conversation.send', { conversation, messageId: 'm', body: 'among us' })
    await eve.call('ping', {})
    expect(eve.events(channelOf(conversation))).toEqual([])
  })
})

describe('coming back', () => {
  it('to any place gives exactly the rest, far beyond what is kept in memory', async () => {
    const { conversation, channel, ada, send } = await talk()
    await Promise.all(upTo(350).map((index) => send(ada, `m${index}`)))
    const { position } = await ada.call('conversation.get', { conversation })
    expect(position.offset).toBe(351)
    for (const offset of [0, 1, 100, 250, 251, 252, 350, 351]) {
      const late = await connect('bob')
      const from = { epoch: position.epoch, offset }
      const { channels } = await late.call('subscribe', { channels: [{ channel, position: from }] })
      expect(channels).toMatchObject([{ channel, recovery: 'recovered', position }])
      const [result] = channels
      const recovered = result !== undefined && 'publications' in result ? (result.publications ?? []) : []
      expect(recovered.map((publication) => publication.offset)).toEqual(upTo(351).slice(offset))
      late.terminate()
    }
    const late = await connect('bob')
    const { channels } = await late.call('subscribe', {
      channels: [{ channel, position: { epoch: 'another', offset: 1 } }],
    })
    expect(channels).toMatchObject([{ recovery: 'gap', reason: 'epoch-changed', position }])
  })
})

describe('two servers on one database', () => {
  it('bring to their clients within a second what the other committed', async () => {
    const { conversation, channel, ada, send } = await talk()
    const far = await connect('bob', second)
    await far.call('subscribe', { channels: [{ channel }] })
    for (const [index, client] of [ada, far, ada, far].entries()) {
      const id = `m${index}`
      await send(client, id)
      const receiver = client === ada ? far : ada
      const startedAt = performance.now()
      await receiver.until(() => receiver.events(channel).some((event) => event.id === id), `message ${id}`)
      expect(performance.now() - startedAt).toBeLessThan(1_000)
    }
    await Promise.all(upTo(50).flatMap((index) => [send(ada, `a${index}`), send(far, `b${index}`)]))
    const edited = far.events(channel)[0]?.offset ?? 0
    await ada.call('conversation.edit', { conversation, offset: edited, body: 'better' })
    await far.call('conversation.leave', { conversation })
    await ada.until(() => ada.events(channel).at(-1)?.name === 'member:left', 'everything')
    await far.until(() => far.pushes.some(({ type }) => type === 'unsubscribed'), 'the end')
    const offsets = ada.events(channel).map(({ offset }) => offset)
    expect(offsets).toEqual(upTo(106).map((n) => n + 1))
    const common = ada.events(channel).filter(({ name }) => name === 'message:created')
    expect(far.events(channel).filter(({ name }) => name === 'message:created')).toEqual(common)
  })

  it('end the subscription of who left on the other', async () => {
    const { conversation, channel, bob } = await talk()
    const far = await connect('bob', second)
    await far.call('conversation.leave', { conversation })
    await bob.until(() => bob.pushes.some(({ type }) => type === 'unsubscribed'), 'the end')
    expect(bob.pushes.find(({ type }) => type === 'unsubscribed')).toMatchObject({ channel })
  })
})

describe('text that the database can not hold', () => {
  it('is refused to who sends it, and to nobody else', async () => {
    const { conversation, ada, bob, send } = await talk()
    const bad = ['nul \u0000 inside', { nul: '\u0000' }, { half: '\ud800' }]
    const attempts = bad.map((value, index) => {
      const text = typeof value === 'string' ? { body: value } : { body: 'x', metadata: value }
      return ada.call('conversation.send', { conversation, messageId: `bad-${index}`, ...text })
    })
    const refused = Promise.allSettled(attempts)
    await Promise.all(bad.map((_value, index) => send(bob, `good-${index}`)))
    expect((await refused).map(({ status }) => status)).toEqual(bad.map(() => 'rejected'))
    const answer = await ada.ask({ type: 'conversation.send', conversation, messageId: 'm', body: '\0' })
    expect(answer.error).toMatchObject({ code: 'invalid_command', field: 'body' })
    const { messages } = await ada.call('conversation.history', { conversation })
    expect(messages.map(({ sender }) => sender)).toEqual(bad.map(() => 'bob'))
  })
})
