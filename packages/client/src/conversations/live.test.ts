// What is live beside the messages themselves: changes of messages, texts that are written, members, the conversation.
import { NowcastError } from '@nowcast/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { GENERAL, type Looking, lookingAt } from '../testing/lookingAt.ts'
import { ScriptedServer } from '../testing/scriptedServer.ts'
import { until } from '../testing/until.ts'

let server: ScriptedServer
const CHANNEL = 'conversation-general'

beforeEach(async () => {
  server = await ScriptedServer.start()
})

afterEach(() => server.stop())

async function looking(count = 2): Promise<Looking> {
  server.conversations.create(GENERAL, count)
  const page = await lookingAt(server)
  await until(() => server.count('conversation.receipts') === 1, 'the signals')
  return page
}

describe('reactions and pins', () => {
  it('are seen at once, merged with those of others, and then as the server has them', async () => {
    const { conversation } = await looking()
    const reactions = () => conversation.getSnapshot().messages[0]?.reactions
    server.conversations.serve(
      { type: 'conversation.react', id: 0, conversation: GENERAL, offset: 1, emoji: '👍', on: true },
      'grace',
    )
    await until(() => reactions() !== undefined, 'the reaction of another')
    const added = conversation.react(1, '👍', true)
    expect(reactions()).toEqual([{ emoji: '👍', users: ['grace', 'ada'] }])
    await added
    const removed = conversation.react(1, '👍', false)
    await removed
    await until(() => reactions()?.[0]?.users.includes('ada') === false, 'the reaction to be gone')
  })

  it('are taken back when the server refuses, and those of others stay', async () => {
    const { conversation } = await looking()
    const reactions = () => conversation.getSnapshot().messages[0]?.reactions ?? []
    server.script = ({ type }) =>
      type === 'conversation.react' || type === 'conversation.pin'
        ? new NowcastError('too_many_reactions', 'Enough.')
        : undefined
    const refused = conversation.react(1, '🎉', true)
    const values = { reactions: [{ emoji: '👀', users: ['grace'] }] }
    server.conversations.change(GENERAL, 1, 'grace', values, 'message:reacted')
    expect(reactions()).toEqual([{ emoji: '🎉', users: ['ada'] }])
    await expect(refused).rejects.toMatchObject({ code: 'too_many_reactions' })
    await until(() => reactions().length === 1 && reactions()[0]?.emoji === '👀', 'the reaction of another')
    const pinned = conversation.pin(1, true)
    expect(conversation.getSnapshot().messages[0]?.pinnedBy).toBe('ada')
    await expect(pinned).rejects.toMatchObject({ code: 'too_many_reactions' })
    expect(conversation.getSnapshot().messages[0]?.pinnedBy).toBeUndefined()
  })

  it('are not set back by an answer that later events have overtaken', async () => {
    const { conversation } = await looking()
    const reactions = () => conversation.getSnapshot().messages[0]?.reactions
    let answer: object | undefined
    server.script = (command) => {
      if (command.type !== 'conversation.react') return undefined
      const { message } = server.conversations.change(
        GENERAL,
        1,
        'ada',
        { reactions: [{ emoji: '👍', users: ['ada'] }] },
        'message:reacted',
      )
      answer = { type: 'reply', id: command.id, result: { message } }
      return 'ignore'
    }
    const reacted = conversation.react(1, '👍', true)
    await until(() => answer !== undefined, 'the command')
    const later = [{ emoji: '👍', users: ['ada', 'grace'] }]
    server.conversations.change(GENERAL, 1, 'grace', { reactions: later }, 'message:reacted')
    await until(() => reactions()?.[0]?.users.length === 2, 'the later event')
    server.push(answer ?? {})
    await reacted
    expect(reactions()).toEqual(later)
  })

  it('can be looked up, as can former texts and single messages', async () => {
    const { conversation } = await looking()
    await conversation.pin(2, true)
    await until(() => conversation.getSnapshot().messages[1]?.pinnedAt === 3_000_000, 'the pin')
    expect(await conversation.pins()).toMatchObject([{ offset: 2 }])
    server.conversations.versions.push({ body: 'before', replacedAt: 1 })
    expect(await conversation.versions(1)).toEqual([{ body: 'before', replacedAt: 1 }])
    expect(await conversation.message(1)).toMatchObject({ body: 'old 1' })
  })
})

describe('a text that is written piece by piece', () => {
  const TEXT = 'It depends on what you mean by that, I think.'

  async function writing() {
    const page = await looking(0)
    const shown = () => page.conversation.getSnapshot().messages.find(({ sender }) => sender === 'robot')
    const { offset } = server.conversations.send(GENERAL, 'robot', 'answer', '', { streaming: true }).message
    await until(() => shown() !== undefined, 'the message')
    let written = 0
    const write = (length: number) => {
      server.conversations.append(GENERAL, offset, TEXT.slice(written, written + length))
      written += length
    }
    return { ...page, shown, offset, write, isWritten: () => shown()?.body === TEXT.slice(0, written) }
  }

  it('grows, and no other message changes', async () => {
    const { conversation, write, isWritten, offset, shown } = await writing()
    server.conversations.send(GENERAL, 'grace', 'other', 'other')
    await until(() => conversation.getSnapshot().messages.length === 2, 'the other message')
    const other = conversation.getSnapshot().messages[1]
    for (const length of [3, 5, 1]) write(length)
    await until(isWritten, 'the text')
    expect(conversation.getSnapshot().messages[1]).toBe(other)
    server.conversations.complete(GENERAL, offset, `${TEXT}!`)
    await until(() => shown()?.streaming === undefined, 'the end')
    expect(shown()?.body).toBe(`${TEXT}!`)
  })

  it('has no hole after a lost piece, nor after a loss of the connection', async () => {
    const { write, isWritten } = await writing()
    write(3)
    server.copies = ({ name }) => (name === 'message:appended' ? 0 : 1)
    write(4)
    server.copies = () => 2
    write(5)
    await until(isWritten, 'the text')
    server.cut()
    write(6)
    await until(isWritten, 'the text that was missed')
    server.log('signals-general').expiredUpTo = server.log('signals-general').position.offset + 1
    server.copies = () => 0
    write(2)
    server.copies = () => 1
    server.cut()
    await until(isWritten, 'the text after the gap')
  })

  it('grows where nobody can say how far others have come', async () => {
    server.script = ({ type }) =>
      type === 'conversation.receipts' ? new NowcastError('forbidden', 'Not you.') : undefined
    const { write, isWritten } = await writing()
    for (const length of [3, 5, 1]) write(length)
    await until(isWritten, 'the text')
  })

  it('is loaded again and again while the server can not give it', async () => {
    const { write, isWritten, shown } = await writing()
    let refusals = 2
    server.script = ({ type }) =>
      type === 'conversation.message' && refusals-- > 0
        ? new NowcastError('unavailable', 'Later.', { retryAfterMs: 1 })
        : undefined
    server.copies = () => 0
    write(3)
    server.copies = () => 1
    write(3)
    await until(isWritten, 'the text')
    expect(shown()?.body).toHaveLength(6)
  })
})

describe('members', () => {
  const grace = { id: 'grace', name: 'Grace', role: 'owner', joinedAt: 1 } as const
  const alan = { id: 'alan', name: 'Alan', role: 'member', joinedAt: 2 } as const

  async function watching() {
    server.conversations.members.set(GENERAL, [grace])
    const page = await looking(0)
    const { membership } = page.conversation
    const stopMembers = membership.subscribe(() => {})
    await until(() => membership.getSnapshot().status === 'ready', 'the members')
    const names = () => membership.getSnapshot().members.map(({ name, role }) => `${name} ${role}`)
    return { ...page, membership, stopMembers, names }
  }

  it('are kept current, by name', async () => {
    const { names, membership } = await watching()
    expect(names()).toEqual(['Grace owner'])
    server.publish(CHANNEL, 'member:joined', alan)
    await until(() => names().length === 2, 'the new one')
    expect(names()).toEqual(['Alan member', 'Grace owner'])
    server.publish(CHANNEL, 'member:changed', { ...alan, role: 'admin' })
    await until(() => names()[0] === 'Alan admin', 'the role')
    server.publish(CHANNEL, 'member:left', { id: 'grace' })
    await until(() => names().length === 1, 'the one who left')
    expect(membership.getSnapshot()).toBe(membership.getSnapshot())
  })

  it('are right when they change while they are loaded', async () => {
    server.conversations.create(GENERAL)
    const page = await lookingAt(server)
    let answer: object | undefined
    server.script = (command) => {
      if (command.type !== 'conversation.members') return undefined
      answer = { type: 'reply', id: command.id, result: { members: [grace] } }
      return 'ignore'
    }
    const { membership } = page.conversation
    membership.subscribe(() => {})
    await until(() => answer !== undefined, 'the request')
    server.publish(CHANNEL, 'member:joined', alan)
    server.publish(CHANNEL, 'member:left', { id: 'grace' })
    server.conversations.send(GENERAL, 'grace', 'm', 'after them')
    await until(() => page.bodies().length === 1, 'the events')
    server.push(answer ?? {})
    await until(() => membership.getSnapshot().status === 'ready', 'the members')
    expect(membership.getSnapshot().members).toEqual([alan])
  })

  it('are right when more changes while they are loaded than is kept', async () => {
    const { names, membership, stopMembers, bodies } = await watching()
    stopMembers()
    const held: object[] = []
    server.script = (command) => {
      if (command.type !== 'conversation.members') return undefined
      held.push({ type: 'reply', id: command.id, result: { members: [grace] } })
      return 'ignore'
    }
    membership.subscribe(() => {})
    await until(() => held.length === 1, 'the request')
    for (let index = 0; index < 1_001; index += 1) server.publish(CHANNEL, 'member:changed', alan)
    server.script = () => undefined
    server.conversations.members.set(GENERAL, [{ ...alan, role: 'admin' }])
    server.conversations.send(GENERAL, 'grace', 'm', 'after them')
    await until(() => bodies().length === 1, 'the events')
    for (const reply of held) server.push(reply)
    await until(() => names().join() === 'Alan admin', 'the members anew')
  })

  it('are managed', async () => {
    const { conversation } = await watching()
    expect(await conversation.invite(['alan'])).toMatchObject([{ id: 'alan' }])
    expect(await conversation.setRole('alan', 'admin')).toMatchObject({ role: 'admin' })
    await conversation.remove('alan')
    await conversation.update({ name: 'Other', permissions: { post: 'admin' } })
    await conversation.archive(true)
    const sent = server.commands.map(({ type }) => type)
    for (const type of ['invite', 'role', 'remove', 'update', 'archive'])
      expect(sent).toContain(`conversation.${type}`)
  })

  it('who are removed see that they are refused, and come back when they are invited', async () => {
    const { conversation, membership, client } = await watching()
    const error = new NowcastError('not_a_member', 'You were removed.')
    server.expel(CHANNEL, error.toWire())
    await until(() => conversation.getSnapshot().status === 'refused', 'the refusal')
    expect(conversation.getSnapshot().error?.code).toBe('not_a_member')
    expect(membership.getSnapshot()).toMatchObject({ status: 'refused', members: [] })
    await client.conversations.join(GENERAL)
    await until(() => conversation.getSnapshot().status === 'ready', 'the conversation')
    await until(() => membership.getSnapshot().status === 'ready', 'the members')
  })

  it('hear of changes of the conversation and of their own role', async () => {
    const { conversation } = await watching()
    const shown = () => conversation.getSnapshot().conversation
    const permissions = { post: 'admin', invite: 'owner' }
    server.publish(CHANNEL, 'conversation:changed', { name: 'Renamed', permissions, archivedAt: 9 })
    await until(() => shown()?.name === 'Renamed', 'the name')
    expect(shown()).toMatchObject({ permissions, archivedAt: 9 })
    server.publish(CHANNEL, 'conversation:changed', { name: 'Again', permissions })
    server.publish(CHANNEL, 'member:changed', { ...alan, role: 'owner' })
    server.publish(CHANNEL, 'member:changed', { ...alan, id: 'ada', role: 'admin' })
    await until(() => shown()?.role === 'admin', 'the role')
    expect(shown()?.archivedAt).toBeUndefined()
  })
})

describe('another user', () => {
  it('sees no thread, member or receipt of the one before', async () => {
    let user = 'ada'
    server.conversations.create(GENERAL, 2)
    server.conversations.send(GENERAL, 'ada', 'reply', 'a reply', { thread: 1 })
    server.conversations.receive(GENERAL, { user: 'grace', delivered: 2, read: 2 })
    server.conversations.members.set(GENERAL, [{ id: 'grace', role: 'owner', joinedAt: 1 }])
    const page = await lookingAt(server, { token: () => user })
    const { conversation } = page
    const { membership } = conversation
    const thread = conversation.thread(1)
    thread.subscribe(() => {})
    membership.subscribe(() => {})
    await until(() => thread.getSnapshot().messages.length === 1, 'the thread')
    await until(() => membership.getSnapshot().members.length === 1, 'the members')
    await until(() => conversation.getSnapshot().receipts.length === 1, 'the receipts')
    user = 'eve'
    server.script = ({ type }) =>
      type === 'subscribe' ? new NowcastError('not_a_member', 'Not yours.') : undefined
    server.cut()
    await until(() => conversation.getSnapshot().status === 'refused', 'the refusal')
    await until(() => thread.getSnapshot().status === 'refused', 'the refusal of the thread')
    await until(() => membership.getSnapshot().status === 'refused', 'the refusal of the members')
    expect(thread.getSnapshot().root).toBeUndefined()
    expect(thread.getSnapshot().messages).toEqual([])
    expect(membership.getSnapshot().members).toEqual([])
    expect(conversation.getSnapshot()).toMatchObject({ messages: [], receipts: [] })
    server.script = () => undefined
    await page.client.conversations.join(GENERAL)
    await until(() => thread.getSnapshot().messages.length === 1, 'the thread again')
    await until(() => conversation.getSnapshot().receipts.length === 1, 'the receipts again')
    expect(thread.getSnapshot().messages[0]?.own).toBe(false)
  })
})
