import { type Json, type Message, NowcastError } from '@nowcast/protocol'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { NowcastClient } from '../client.ts'
import { newId } from '../ids.ts'
import type { ClientOptions } from '../options.ts'
import { ScriptedServer } from '../testing/scriptedServer.ts'
import { testClient } from '../testing/testClient.ts'
import { until } from '../testing/until.ts'

let server: ScriptedServer

beforeEach(async () => {
  server = await ScriptedServer.start()
  server.conversations.create('one', 1)
  server.conversations.create('two', 2)
})

afterEach(() => server.stop())

function make(options: Partial<ClientOptions> = {}) {
  const client = testClient(server, options)
  const { conversations } = client
  const ids = () => conversations.getSnapshot().conversations.map(({ id }) => id)
  const find = (id: string) =>
    conversations.getSnapshot().conversations.find((conversation) => conversation.id === id)
  return { client, conversations, ids, find }
}

async function listed() {
  const made = make()
  const stop = made.conversations.subscribe(() => {})
  await until(() => made.conversations.getSnapshot().status === 'ready', 'the list')
  await until(() => server.subscribers('conversation-one') === 1, 'the list to follow')
  return { ...made, stop }
}

const added = (id: string) => server.conversations.describe(id) as unknown as Json

describe('the list of conversations', () => {
  it('begins with the most recently active', async () => {
    const { ids, conversations } = await listed()
    expect(ids()).toEqual(['two', 'one'])
    expect(conversations.getSnapshot()).toBe(conversations.getSnapshot())
  })

  it('follows new messages, changes of the last one, and members', async () => {
    const { ids, find } = await listed()
    for (const index of [1, 2]) server.conversations.send('one', 'grace', `n${index}`, `new ${index}`)
    await until(() => ids()[0] === 'one', 'the new order')
    const change = { body: 'changed', editedAt: 5 }
    server.conversations.change('one', 3, 'grace', change, 'message:edited')
    await until(() => find('one')?.lastMessage?.body === 'changed', 'the change')
    server.conversations.change('one', 1, 'grace', change, 'message:edited')
    server.publish('conversation-one', 'member:joined', { id: 'x', role: 'member', joinedAt: 1 })
    await until(() => find('one')?.memberCount === 3, 'the member')
    expect(find('one')?.lastMessage?.offset).toBe(3)
  })

  it('gains and loses conversations by what happens elsewhere', async () => {
    const { ids } = await listed()
    await until(() => server.subscribers('user-ada') === 1, 'the own channel')
    server.conversations.create('three')
    server.publish('user-ada', 'conversation:added', added('three'))
    await until(() => ids().includes('three'), 'the new one')
    server.publish('user-ada', 'conversation:removed', { id: 'one' })
    await until(() => !ids().includes('one'), 'the old one to be gone')
    expect(ids()).toEqual(['two', 'three'])
  })

  it('does not miss a message between being added and following', async () => {
    const { find } = await listed()
    await until(() => server.subscribers('user-ada') === 1, 'the own channel')
    server.conversations.create('three')
    const data = added('three')
    server.publish('user-ada', 'conversation:added', data)
    server.conversations.send('three', 'grace', 'first', 'hello')
    await until(() => find('three')?.lastMessage?.body === 'hello', 'the first message')
  })

  it('gains and loses conversations by what the user does here', async () => {
    const { conversations, ids } = await listed()
    const made = await conversations.create({ name: 'Mine', id: 'mine' })
    expect(made.id).toBe('mine')
    expect(ids()).toContain('mine')
    await conversations.leave('mine')
    expect(ids()).not.toContain('mine')
  })

  it('is read anew after every connection', async () => {
    const { ids } = await listed()
    server.cut()
    server.conversations.create('three', 3)
    await until(() => ids().length === 3, 'the new one')
  })

  it('waits out a server that can not list them now, and shows what it refuses', async () => {
    let refusal: NowcastError | undefined = new NowcastError('unavailable', 'Later.', { retryAfterMs: 1 })
    server.script = ({ type }) => (type === 'conversation.list' ? refusal : undefined)
    const { conversations } = make()
    conversations.subscribe(() => {})
    await until(() => server.count('conversation.list') >= 2, 'the second attempt')
    expect(conversations.getSnapshot().status).toBe('loading')
    refusal = new NowcastError('forbidden', 'Not you.')
    await until(() => conversations.getSnapshot().status === 'error', 'the refusal')
    expect(conversations.getSnapshot().error?.code).toBe('forbidden')
    refusal = undefined
    server.cut()
    await until(() => conversations.getSnapshot().status === 'ready', 'the list')
  })

  it('stops following when nobody looks', async () => {
    const { stop, client } = await listed()
    stop()
    await until(() => server.subscribers('conversation-one') === 0, 'the end')
    await until(() => server.subscribers('user-ada') === 0, 'the end')
    expect(client.connection.state).toBe('connected')
  })

  it('shows nothing of another user', async () => {
    let user = 'ada'
    const { conversations, ids } = make({ token: () => user })
    conversations.subscribe(() => {})
    await until(() => ids().length === 2, 'the list')
    user = 'grace'
    server.script = ({ type }) => (type === 'conversation.list' ? 'ignore' : undefined)
    server.cut()
    await until(() => server.subscribers('user-grace') === 1, 'the other user')
    expect(ids()).toEqual([])
  })

  it('shows nothing of another user who left while nobody looked', async () => {
    let user = 'ada'
    const { client, conversations, ids } = make({ token: () => user })
    const stop = conversations.subscribe(() => {})
    await until(() => ids().length === 2, 'the list')
    stop()
    user = 'grace'
    server.cut()
    await until(() => client.connection.getSnapshot().user?.id === 'grace', 'the other user')
    server.script = ({ type }) => (type === 'conversation.list' ? 'ignore' : undefined)
    conversations.subscribe(() => {})
    expect(ids()).toEqual([])
  })

  it('is read once, however many conversations lost their continuity', async () => {
    const { find } = await listed()
    await until(() => server.subscribers('conversation-two') === 1, 'the list to follow')
    for (const id of ['one', 'two']) {
      server.log(`conversation-${id}`).restart('epoch-2')
      server.conversations.send(id, 'grace', 'new', 'of the new epoch')
    }
    const before = server.count('conversation.list')
    server.cut()
    await until(() => find('two')?.position.epoch === 'epoch-2', 'the list')
    await until(() => server.subscribers('conversation-two') === 1, 'the subscription')
    await until(() => server.count('conversation.list') >= before + 2, 'the reading after the gaps')
    await until(() => find('one')?.lastMessage?.body === 'of the new epoch', 'the newest message')
    expect(server.count('conversation.list')).toBe(before + 2)
  })
})

describe('what is unread', () => {
  const totals = (conversations: NowcastClient['conversations']) => {
    const { unread, unreadMentions } = conversations.getSnapshot()
    return { unread, unreadMentions }
  }
  const say = (id: string, values: Partial<Message> = {}, sender = 'grace') =>
    server.conversations.send(id, sender, newId(), 'new', values).message.offset

  it('is counted by messages of others that are no replies, and by mentions', async () => {
    const { conversations, find } = await listed()
    expect(totals(conversations)).toEqual({ unread: 3, unreadMentions: 0 })
    say('one')
    say('one', { mentions: ['ada'] })
    say('one', { thread: 1, mentions: ['ada'] })
    say('one', {}, 'ada')
    await until(() => find('one')?.lastMessage?.sender === 'ada', 'the messages')
    expect(find('one')).toMatchObject({ unread: 3, unreadMentions: 1 })
    expect(totals(conversations)).toEqual({ unread: 5, unreadMentions: 1 })
  })

  it('is less at once when the user reads here', async () => {
    const { client, conversations, find } = await listed()
    say('two', { mentions: ['ada'] })
    await until(() => find('two')?.unread === 3, 'the message')
    client.conversation('two').markRead(3)
    expect(find('two')).toMatchObject({ unread: 0, unreadMentions: 0, read: 3 })
    expect(totals(conversations).unread).toBe(1)
    await until(() => server.count('conversation.receipt') === 1, 'the receipt')
    say('two')
    await until(() => find('two')?.unread === 1, 'the next message')
  })

  it('is less when the user reads elsewhere', async () => {
    const { find } = await listed()
    await until(() => server.subscribers('user-ada') === 1, 'the own channel')
    const read = (offset: number, unread: number) =>
      server.publish('user-ada', 'conversation:read', { id: 'two', read: offset, unread, unreadMentions: 0 })
    server.publish('user-ada', 'conversation:read', { id: 'two' })
    read(1, 1)
    await until(() => find('two')?.unread === 1, 'what is left')
    // What was counted before a message came says nothing about it.
    say('two')
    await until(() => find('two')?.unread === 2, 'the message')
    read(2, 0)
    await until(() => find('two')?.read === 2, 'the reading')
    expect(find('two')?.unread).toBe(1)
  })

  it('keeps what was read here and not said yet when the list is loaded anew', async () => {
    const { client, find } = await listed()
    server.script = ({ type }) => (type === 'conversation.receipt' ? 'ignore' : undefined)
    client.conversation('two').markRead(2)
    const before = server.count('conversation.list')
    server.cut()
    server.conversations.create('three')
    await until(
      () => server.count('conversation.list') > before && find('three') !== undefined,
      'the list anew',
    )
    expect(find('two')?.unread).toBe(0)
  })

  it('is delivered, without that anybody looks', async () => {
    const { find } = await listed()
    const offset = say('one')
    await until(() => find('one')?.lastMessage?.offset === offset, 'the message')
    await until(
      () => server.conversations.receipts.get('one')?.get('ada')?.delivered === offset,
      'the receipt',
    )
    expect(server.conversations.receipts.get('one')?.get('ada')?.read).toBe(0)
  })

  it('is what the server counts in the end, whatever happens in which order', async () => {
    const { client, conversations, find } = await listed()
    await until(() => server.subscribers('user-ada') === 1, 'the own channel')
    const conversation = fc.constantFrom('one', 'two')
    const step = fc.oneof(
      fc.record({ kind: fc.constant('say' as const), conversation, mentions: fc.boolean() }),
      fc.record({ kind: fc.constant('read' as const), conversation }),
      fc.record({ kind: fc.constant('read elsewhere' as const), conversation, back: fc.nat(3) }),
      fc.record({ kind: fc.constant('delete' as const), conversation }),
      fc.record({ kind: fc.constant('cut' as const) }),
    )
    const serverSays = (id: string) => server.conversations.describe(id, 'ada')
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 10 }), async (steps) => {
        const loads = server.count('conversation.list')
        server.cut()
        await until(() => server.count('conversation.list') > loads, 'the list anew')
        await conversations.open()
        for (const taken of steps) {
          if (taken.kind === 'cut') {
            server.cut()
            continue
          }
          const { conversation: id } = taken
          const { lastMessage } = serverSays(id)
          if (taken.kind === 'say') say(id, taken.mentions ? { mentions: ['ada'] } : {})
          else if (taken.kind === 'read') client.conversation(id).markRead(find(id)?.lastMessage?.offset)
          else if (taken.kind === 'read elsewhere') {
            const read = Math.max((lastMessage?.offset ?? 0) - taken.back, 1)
            server.conversations.serve({ type: 'conversation.receipt', id: 0, conversation: id, read }, 'ada')
          } else if (lastMessage?.sender === 'grace' && lastMessage.deletedAt === undefined) {
            const values = { body: '', deletedAt: 7 }
            server.conversations.change(id, lastMessage.offset, 'grace', values, 'message:deleted')
          }
        }
        const isSame = (id: string) => {
          const { unread, unreadMentions, read = 0 } = serverSays(id)
          const shown = find(id)
          const isRead = (shown?.read ?? 0) === read || client.connection.state !== 'connected'
          return isRead && shown?.unread === unread && shown?.unreadMentions === unreadMentions
        }
        await until(() => isSame('one') && isSame('two'), 'the counts')
        const sum = (serverSays('one').unread ?? 0) + (serverSays('two').unread ?? 0)
        expect(totals(conversations).unread).toBe(sum)
      }),
      { numRuns: 25 },
    )
  }, 60_000)
})
