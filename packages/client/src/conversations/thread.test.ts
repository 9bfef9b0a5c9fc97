import { NowcastError } from '@nowcast/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { GENERAL, lookingAt, old } from '../testing/lookingAt.ts'
import { ScriptedServer } from '../testing/scriptedServer.ts'
import { until } from '../testing/until.ts'

let server: ScriptedServer

beforeEach(async () => {
  server = await ScriptedServer.start()
})

afterEach(() => server.stop())

const reply = (index: number, thread = 2) =>
  server.conversations.send(GENERAL, 'grace', `reply-${index}`, `reply ${index}`, { thread })

/** A page that looks at a conversation of three messages, and at the thread of the second. */
async function looking(replies = 2) {
  server.conversations.create(GENERAL, 3)
  for (let index = 1; index <= replies; index += 1) reply(index)
  const page = await lookingAt(server)
  const thread = page.conversation.thread(2)
  const stopThread = thread.subscribe(() => {})
  await until(() => thread.getSnapshot().status === 'ready', 'the thread')
  const replyBodies = () => thread.getSnapshot().messages.map(({ body }) => body)
  return { ...page, thread, stopThread, replyBodies }
}

describe('a thread', () => {
  it('shows the message that it began with and its replies, which are nowhere else', async () => {
    const { thread, replyBodies, bodies, conversation } = await looking()
    expect(thread.getSnapshot().root).toMatchObject({ body: 'old 2', replies: 2 })
    expect(replyBodies()).toEqual(['reply 1', 'reply 2'])
    expect(bodies()).toEqual(old(1, 3))
    expect(conversation.thread(2)).toBe(thread)
    reply(3)
    reply(9, 1)
    await until(() => replyBodies().length === 3, 'the reply')
    await until(() => conversation.getSnapshot().messages[0]?.replies === 1, 'the other reply')
    expect(replyBodies()).toEqual(['reply 1', 'reply 2', 'reply 3'])
    expect(thread.getSnapshot().root?.replies).toBe(3)
    expect(conversation.getSnapshot().messages.map(({ replies }) => replies)).toEqual([1, 3, undefined])
    expect(bodies()).toEqual(old(1, 3))
  })

  it('tells of what changes in it only, and once', async () => {
    const { thread, conversation, bodies, replyBodies } = await looking()
    let told = 0
    let toldOfAll = 0
    thread.subscribe(() => (told += 1))
    conversation.subscribe(() => (toldOfAll += 1))
    const before = thread.getSnapshot()
    server.conversations.send(GENERAL, 'grace', 'm', 'elsewhere')
    server.conversations.change(GENERAL, 1, 'grace', { body: 'x', editedAt: 5 }, 'message:edited')
    await until(() => bodies().includes('x'), 'the events')
    expect(thread.getSnapshot()).toBe(before)
    expect([told, toldOfAll]).toEqual([0, 2])
    reply(3)
    await until(() => replyBodies().length === 3, 'the reply')
    expect([told, toldOfAll]).toEqual([1, 3])
  })

  it('pages back', async () => {
    const { thread, replyBodies } = await looking(25)
    expect(replyBodies()).toHaveLength(20)
    expect(thread.getSnapshot().hasOlder).toBe(true)
    await thread.older()
    expect(replyBodies()[0]).toBe('reply 1')
    expect(thread.getSnapshot().hasOlder).toBe(false)
  })

  it("shows one's own replies at once, and how far others have come", async () => {
    const { thread, conversation, bodies } = await looking(0)
    const sent = thread.send('mine', { mentions: ['grace'] })
    expect(sent).toMatchObject({ status: 'sending', thread: 2, mentions: ['grace'] })
    expect(thread.getSnapshot().messages).toEqual([sent])
    const last = () => thread.getSnapshot().messages.at(-1)
    await until(() => last()?.status === 'sent', 'the reply to be stored')
    expect(conversation.send('by another way', { thread: 2 })).toBe(last())
    await until(() => last()?.status === 'sent', 'the other reply to be stored')
    expect(bodies()).toEqual(old(1, 3))
    server.conversations.receive(GENERAL, { user: 'grace', delivered: 5, read: 4 })
    await until(() => last()?.status === 'delivered', 'the receipt')
    expect(thread.getSnapshot().messages[0]?.status).toBe('read')
    expect(thread.getSnapshot().root?.replies).toBe(2)
  })

  it('keeps a failed reply, to be tried again or given up', async () => {
    const { thread, replyBodies } = await looking(0)
    server.script = ({ type }) =>
      type === 'conversation.send' ? new NowcastError('forbidden', 'Not now.') : undefined
    const attachments = [{ name: 'plan.pdf', url: 'https://example.com/plan.pdf' }]
    const { id } = thread.send('mine', { attachments })
    const last = () => thread.getSnapshot().messages.at(-1)
    await until(() => last()?.status === 'failed', 'the failure')
    const other = thread.send('other')
    await until(() => last()?.id === other.id && last()?.status === 'failed', 'the other failure')
    thread.discard(other.id)
    server.script = () => undefined
    thread.retry(id)
    await until(() => last()?.status === 'sent', 'the reply to be stored')
    expect(last()).toMatchObject({ id, thread: 2, attachments })
    expect(replyBodies()).toEqual(['mine'])
  })

  it('shows changes wherever the message is shown, and takes them back', async () => {
    const { thread, conversation } = await looking()
    const root = () => thread.getSnapshot().root
    const shown = () => conversation.getSnapshot().messages[1]
    const reaction = conversation.react(2, '👍', true)
    for (const message of [root(), shown()])
      expect(message?.reactions).toEqual([{ emoji: '👍', users: ['ada'] }])
    await reaction
    for (const message of [root(), shown()])
      expect(message?.reactions).toEqual([{ emoji: '👍', users: ['ada'] }])
    const edit = conversation.edit(4, 'not mine')
    expect(thread.getSnapshot().messages[0]?.body).toBe('not mine')
    await expect(edit).rejects.toMatchObject({ code: 'forbidden' })
    expect(thread.getSnapshot().messages[0]?.body).toBe('reply 1')
  })

  it('is kept current over a loss of the connection', async () => {
    const { thread, replyBodies } = await looking()
    server.cut()
    reply(3)
    await until(() => replyBodies().length === 3, 'the missed reply')
    expect(thread.getSnapshot().root?.replies).toBe(3)
  })

  it('works without anybody who looks at the conversation', async () => {
    const { stop, replyBodies } = await looking()
    stop()
    reply(3)
    await until(() => replyBodies().length === 3, 'the reply')
  })

  it('shows what waits to be sent from before', async () => {
    const { thread, stopThread, client } = await looking(0)
    stopThread()
    server.script = ({ type }) => (type === 'conversation.send' ? 'ignore' : undefined)
    thread.send('waits')
    client.conversation(GENERAL).send('waits too')
    thread.subscribe(() => {})
    expect(thread.getSnapshot().messages.map(({ body }) => body)).toEqual(['waits'])
  })

  it('is refused when there is no such message', async () => {
    const { conversation } = await looking()
    const thread = conversation.thread(99)
    thread.subscribe(() => {})
    await until(() => thread.getSnapshot().status === 'refused', 'the refusal')
    expect(thread.getSnapshot().error?.code).toBe('message_not_found')
  })

  it('keeps few that nobody looks at', async () => {
    const { conversation, thread } = await looking()
    const idle = conversation.thread(100)
    for (let offset = 101; offset < 130; offset += 1) conversation.thread(offset)
    expect(conversation.thread(2)).toBe(thread)
    expect(conversation.thread(100)).not.toBe(idle)
  })
})
