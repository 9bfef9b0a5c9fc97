import { NowcastError } from '@nowcast/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ClientOptions } from '../options.ts'
import { GENERAL, lookingAt } from '../testing/lookingAt.ts'
import { ManualTimers } from '../testing/manualTimers.ts'
import { ScriptedServer } from '../testing/scriptedServer.ts'
import { until } from '../testing/until.ts'

let server: ScriptedServer
const SIGNALS = 'signals-general'

beforeEach(async () => {
  server = await ScriptedServer.start()
})

afterEach(() => server.stop())

/** A page of a conversation with messages of grace, then of its user. */
async function looking(others: number, own = 0, options: Partial<ClientOptions> = {}) {
  server.conversations.create(GENERAL, others)
  for (let index = 1; index <= own; index += 1) {
    server.conversations.send(GENERAL, 'ada', `own-${index}`, `own ${index}`)
  }
  const page = await lookingAt(server, options)
  await until(() => server.subscribers(SIGNALS) === 1, 'the signals')
  await until(() => server.count('conversation.receipts') === 1, 'the receipts')
  const { conversation } = page
  const statuses = () => conversation.getSnapshot().messages.map(({ status }) => status)
  return { ...page, statuses }
}

const received = () =>
  server.commands.flatMap((command) =>
    command.type === 'conversation.receipt' ? [{ delivered: command.delivered, read: command.read }] : [],
  )

describe('how far others have come', () => {
  it("is shown with one's own messages, as it is and as it moves", async () => {
    server.conversations.create(GENERAL)
    server.conversations.receive(GENERAL, {
      user: 'grace',
      delivered: 2,
      deliveredAt: 500,
      read: 1,
      readAt: 600,
    })
    const { conversation, statuses } = await looking(0, 3)
    await until(() => statuses().join(' ') === 'read delivered sent', 'the statuses')
    expect(conversation.getSnapshot().messages[0]).toMatchObject({ deliveredAt: 500, readAt: 600 })
    const [first] = conversation.getSnapshot().messages
    server.conversations.receive(GENERAL, {
      user: 'grace',
      delivered: 3,
      deliveredAt: 700,
      read: 2,
      readAt: 800,
    })
    await until(() => statuses().join(' ') === 'read read delivered', 'the move')
    expect(conversation.getSnapshot().messages[0]).toBe(first)
    expect(conversation.getSnapshot().messages[1]).toMatchObject({ deliveredAt: 500, readAt: 800 })
    expect(conversation.getSnapshot().receipts).toEqual([
      { user: 'grace', delivered: 3, deliveredAt: 700, read: 2, readAt: 800 },
    ])
  })

  it('never goes back, nor does what the user has read count', async () => {
    const { conversation, statuses } = await looking(0, 2)
    const move = (user: string, offset: number) =>
      server.conversations.receive(GENERAL, { user, delivered: offset, read: offset })
    move('grace', 2)
    move('grace', 1)
    move('alan', 1)
    await until(() => conversation.getSnapshot().receipts.length === 2, 'the receipts')
    expect(statuses()).toEqual(['read', 'read'])
    expect(conversation.getSnapshot().receipts[0]?.read).toBe(2)
    conversation.send('more')
    move('ada', 3)
    await until(() => conversation.getSnapshot().receipts.length === 3, 'the own receipt')
    expect(statuses().at(-1)).not.toBe('read')
  })

  it('is loaded anew after a gap', async () => {
    const { statuses } = await looking(0, 1)
    server.copies = () => 0
    server.conversations.receive(GENERAL, { user: 'grace', delivered: 1, read: 1 })
    const { position } = server.log(SIGNALS)
    server.push({ type: 'gap', channel: SIGNALS, position, reason: 'expired', action: 'reload' })
    await until(() => statuses()[0] === 'read', 'the status')
  })

  it('ignores what makes no sense', async () => {
    const { conversation } = await looking(0, 1)
    for (const data of [null, {}, { receipts: [7, { user: 'x' }] }])
      server.publish(SIGNALS, 'receipts:moved', data)
    server.publish(SIGNALS, 'message:appended', { offset: 1 })
    server.conversations.receive(GENERAL, { user: 'grace', delivered: 1, read: 1 })
    await until(() => conversation.getSnapshot().messages[0]?.status === 'read', 'the status')
    expect(conversation.getSnapshot().receipts).toHaveLength(1)
  })

  it('says who it was', async () => {
    const { conversation } = await looking(0, 1)
    expect(await conversation.readers(1)).toEqual([{ user: 'grace', read: true }])
  })
})

describe('how far the user has come', () => {
  it('is told: what arrives as delivered, gathered, and what is read at once', async () => {
    const timers = new ManualTimers()
    const { conversation, bodies } = await looking(3, 0, { timers })
    for (const id of ['a', 'b']) server.conversations.send(GENERAL, 'grace', id, id)
    await until(() => bodies().length === 5, 'the messages')
    expect(received()).toEqual([])
    timers.advance(300)
    await until(() => received().length === 1, 'the receipt')
    expect(received()).toEqual([{ delivered: 5, read: undefined }])
    timers.advance(1_000)
    conversation.markRead(4)
    await until(() => received().length === 2, 'the reading')
    expect(received()[1]).toEqual({ delivered: undefined, read: 4 })
  })

  it('is told at most once a second, only forward, and not twice', async () => {
    const timers = new ManualTimers()
    const { conversation } = await looking(9, 0, { timers })
    for (let offset = 1; offset <= 8; offset += 1) conversation.markRead(offset)
    await until(() => received().length === 1, 'the first')
    await until(() => server.conversations.receipts.get(GENERAL)?.get('ada')?.read === 1, 'the answer')
    timers.advance(999)
    expect(received()).toHaveLength(1)
    timers.advance(1)
    await until(() => received().length === 2, 'the second')
    expect(received()[1]).toMatchObject({ read: 8 })
    conversation.markRead(3)
    conversation.markRead(8)
    timers.advance(5_000)
    conversation.markRead()
    await until(() => received().length === 3, 'the third')
    expect(received()[2]).toEqual({ delivered: undefined, read: 9 })
  })

  it('is not told what the server knows', async () => {
    server.conversations.create(GENERAL)
    server.conversations.receive(GENERAL, { user: 'ada', delivered: 3, read: 3 })
    const timers = new ManualTimers()
    const { conversation } = await looking(3, 0, { timers })
    conversation.markRead()
    timers.advance(5_000)
    server.conversations.send(GENERAL, 'grace', 'new', 'new')
    await until(() => conversation.getSnapshot().messages.length === 4, 'the message')
    timers.advance(300)
    await until(() => received().length > 0, 'the receipt')
    expect(received()).toEqual([{ delivered: 4, read: undefined }])
  })

  it('is told again after a loss of the connection, and as late as the server asks for', async () => {
    const { conversation, client } = await looking(3)
    server.script = ({ type }) => (type === 'conversation.receipt' ? 'ignore' : undefined)
    conversation.markRead()
    await until(() => received().length === 1, 'the first attempt')
    server.script = () => undefined
    server.cut()
    await until(
      () => server.conversations.receipts.get(GENERAL)?.get('ada')?.read === 3,
      'the second attempt',
    )
    expect(client.connection.state).toBe('connected')
  })

  it('waits as long as the server asks for', async () => {
    const timers = new ManualTimers()
    const { conversation } = await looking(3, 0, { timers })
    const slower = new NowcastError('limit_exceeded', 'Slower.', { retryAfterMs: 4_000 })
    server.script = ({ type }) => (type === 'conversation.receipt' ? slower : undefined)
    conversation.markRead()
    await until(() => received().length === 1, 'the first attempt')
    // One round trip later the refusal is there too.
    await conversation.members()
    server.script = () => undefined
    timers.advance(4_900)
    await conversation.members()
    expect(received()).toHaveLength(1)
    timers.advance(100)
    await until(() => received().length === 2, 'the second attempt')
  })

  it('is told once to a server that refuses it', async () => {
    const timers = new ManualTimers()
    const { conversation } = await looking(3, 0, { timers })
    server.script = ({ type }) =>
      type === 'conversation.receipt' ? new NowcastError('forbidden', 'Not you.') : undefined
    conversation.markRead()
    await until(() => received().length === 1, 'the attempt')
    await conversation.members()
    timers.advance(10_000)
    await conversation.members()
    expect(received()).toHaveLength(1)
  })

  it('begins with the first message that was unread when it was opened', async () => {
    server.conversations.create(GENERAL)
    server.conversations.receive(GENERAL, { user: 'ada', delivered: 3, read: 3 })
    const { conversation } = await looking(5)
    expect(conversation.getSnapshot().firstUnread).toBe(4)
    conversation.markRead()
    server.conversations.send(GENERAL, 'grace', 'new', 'new')
    await until(() => conversation.getSnapshot().messages.length === 6, 'the message')
    expect(conversation.getSnapshot().firstUnread).toBe(4)
  })

  it('begins nowhere when everything was read', async () => {
    server.conversations.create(GENERAL)
    server.conversations.receive(GENERAL, { user: 'ada', delivered: 5, read: 5 })
    const { conversation } = await looking(5)
    expect(conversation.getSnapshot().firstUnread).toBeUndefined()
  })
})
