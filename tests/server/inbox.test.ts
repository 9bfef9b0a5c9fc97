// What waits for a user who was away, over real sockets: on one node, and on two over Redis.
import { randomUUID } from 'node:crypto'
import type { Message } from '@nowcast/protocol'
import { expect, it } from 'vitest'
import { overEveryCluster } from '../support/everyCluster.ts'
import type { RawClient } from '../support/rawClient.ts'

const HOUR_MS = 3_600_000

const name = (prefix: string) => `${prefix}-${randomUUID().slice(0, 8)}`

overEveryCluster({ conversations: { inboxTtl: '2h', receiptWindow: 10 } }, (nodes) => {
  /** Conversations that ada writes into and bob is away from. */
  async function away(count: number) {
    const ids = { ada: name('ada'), bob: name('bob') }
    const ada = await nodes().connect(ids.ada)
    const conversations: string[] = []
    for (let index = 0; index < count; index += 1) {
      const conversation = `${String.fromCharCode(97 + index)}-${randomUUID()}`
      const members = [ids.bob]
      await ada.call('conversation.create', { conversation, name: 'Talk', kind: 'closed', members })
      conversations.push(conversation)
    }
    const send = async (conversation = '', client: RawClient = ada) => {
      const message = { conversation, messageId: randomUUID(), body: 'hello' }
      return (await client.call('conversation.send', message)).message
    }
    const back = () => nodes().connect(ids.bob, 1)
    return { ids, ada, conversations, send, back }
  }

  it('is what others have sent meanwhile everywhere, oldest first, until it has arrived', async () => {
    const { ada, conversations, send, back } = await away(3)
    const [one = '', two = '', three = ''] = conversations
    const bob = await back()
    const sent: Message[] = []
    for (const conversation of [two, one, three, one, two, two]) sent.push(await send(conversation))
    await send(one, bob)
    const { conversation, offset } = sent[3] ?? { conversation: '', offset: 0 }
    await ada.call('conversation.delete', { conversation, offset })
    const kept = sent.filter((_message, index) => index !== 3)
    const inbox = await bob.call('conversation.inbox', {})
    expect(inbox).toEqual({ messages: kept, more: false })
    expect(await bob.call('conversation.inbox', {})).toEqual(inbox)
    expect((await ada.call('conversation.inbox', {})).messages).toHaveLength(1)

    await bob.call('conversation.receipt', { conversation: two, delivered: sent[4]?.offset ?? 0 })
    await bob.call('conversation.receipt', { conversation: one, read: 100 })
    const rest = await bob.call('conversation.inbox', {})
    expect(rest.messages).toEqual([sent[2], sent[5]])
    await bob.call('conversation.receipt', { conversation: three, delivered: 1 })
    await bob.call('conversation.receipt', { conversation: two, delivered: 3 })
    expect(await bob.call('conversation.inbox', {})).toEqual({ messages: [], more: false })
  })

  it('holds the newest hundred of all conversations together', async () => {
    const { conversations, send, back } = await away(3)
    const sent: Message[] = []
    for (let count = 0; count < 120; count += 1) sent.push(await send(conversations[count % 3]))
    const bob = await back()
    expect(await bob.call('conversation.inbox', {})).toEqual({ messages: sent.slice(20), more: true })
  })

  it('reaches back as far as it is configured to, and has replies in threads', async () => {
    const { ids, conversations, send, back } = await away(2)
    const [one = '', two = ''] = conversations
    const sent: Message[] = []
    for (const conversation of [one, two, one, two, one]) sent.push(await send(conversation))
    const client = await nodes().database.connect()
    const setAge = (index: number, ageMs: number) =>
      client.query(
        `update nowcast.messages set created_at = now() - $1 * interval '1 ms' where "offset" = $2
          and conversation = (select key from nowcast.conversations where id = $3)`,
        [ageMs, sent[index]?.offset, sent[index]?.conversation],
      )
    await setAge(0, 3 * HOUR_MS)
    await setAge(1, 2.5 * HOUR_MS)
    await setAge(2, 1.5 * HOUR_MS)
    await client.query('update nowcast.messages set thread = 1 where message_id = $1', [sent[4]?.id])
    const bob = await back()
    const { messages, more } = await bob.call('conversation.inbox', {})
    expect(messages.map(({ id }) => id)).toEqual([sent[2]?.id, sent[3]?.id, sent[4]?.id])
    expect(more).toBe(false)
    // Conversations in which nothing happened for longer are not looked into.
    await client.query(
      `update nowcast.conversations set last_activity_at = now() - interval '3 hours' where id = $1`,
      [one],
    )
    const later = (await bob.call('conversation.inbox', {})).messages
    expect(later.map(({ id }) => id)).toEqual([sent[3]?.id])
    expect(ids.bob).not.toBe(ids.ada)
  })
})
