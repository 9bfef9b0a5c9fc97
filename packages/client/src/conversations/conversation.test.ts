import { type Command, NowcastError } from '@nowcast/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ClientOptions } from '../options.ts'
import { ScriptedServer } from '../testing/scriptedServer.ts'
import { testClient } from '../testing/testClient.ts'
import { until } from '../testing/until.ts'

let server: ScriptedServer
const CHANNEL = 'conversation-general'

beforeEach(async () => {
  server = await ScriptedServer.start()
})

afterEach(() => server.stop())

/** A client that looks at a conversation of so many messages. */
async function looking(count = 3, options: Partial<ClientOptions> = {}) {
  server.conversations.create('general', count)
  const client = testClient(server, options)
  const conversation = client.conversation('general')
  const stop = conversation.subscribe(() => {})
  const ready = () => until(() => conversation.getSnapshot().status === 'ready', 'the conversation')
  await ready()
  const bodies = () => conversation.getSnapshot().messages.map(({ body }) => body)
  const last = () => conversation.getSnapshot().messages.at(-1)
  return { client, conversation, stop, ready, bodies, last }
}

const old = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => `old ${from + index}`)

describe('a conversation', () => {
  it('shows its newest messages, then what comes', async () => {
    const { conversation, bodies } = await looking(25)
    expect(bodies()).toEqual(old(6, 25))
    expect(conversation.getSnapshot()).toMatchObject({ hasOlder: true, conversation: { name: 'general' } })
    server.conversations.send('general', 'grace', 'new', 'hello')
    await until(() => bodies().length === 21, 'the new message')
    expect(conversation.getSnapshot().messages.at(-1)).toMatchObject({
      body: 'hello',
      own: false,
      status: 'sent',
    })
  })

  it('is one object for one id', async () => {
    const { client, conversation } = await looking()
    expect(client.conversation('general')).toBe(conversation)
  })

  it('loads older messages by pages, once for several requests', async () => {
    const { conversation, bodies } = await looking(45)
    const before = server.count('conversation.history')
    await Promise.all([conversation.older(), conversation.older()])
    expect(server.count('conversation.history')).toBe(before + 1)
    expect(bodies()).toEqual(old(6, 45))
    await conversation.older()
    expect(bodies()).toEqual(old(1, 45))
    expect(conversation.getSnapshot()).toMatchObject({ hasOlder: false, loadingOlder: false })
  })

  it('asks again for older messages that could not be had', async () => {
    const { conversation, bodies } = await looking(25)
    server.script = ({ type }) =>
      type === 'conversation.history' ? new NowcastError('unavailable', 'Later.') : undefined
    await conversation.older()
    expect(conversation.getSnapshot()).toMatchObject({ hasOlder: true, loadingOlder: false })
    server.script = () => undefined
    await conversation.older()
    expect(bodies()).toEqual(old(1, 25))
  })

  it('is refused with the reason, and loads when the user has joined', async () => {
    server.conversations.create('general', 1)
    let member = false
    server.script = ({ type }) =>
      type === 'subscribe' && !member ? new NowcastError('not_a_member', 'Join first.') : undefined
    const client = testClient(server)
    const conversation = client.conversation('general')
    conversation.subscribe(() => {})
    await until(() => conversation.getSnapshot().status === 'refused', 'the refusal')
    expect(conversation.getSnapshot().error?.code).toBe('not_a_member')
    member = true
    await client.conversations.join('general')
    await until(() => conversation.getSnapshot().status === 'ready', 'the conversation')
    expect(conversation.getSnapshot().error).toBeUndefined()
  })

  it('waits out a server that can not load it now', async () => {
    server.conversations.create('general', 1)
    let refusals = 2
    server.script = ({ type }) =>
      type === 'conversation.get' && refusals-- > 0
        ? new NowcastError('unavailable', 'Later.', { retryAfterMs: 1 })
        : undefined
    const client = testClient(server)
    const conversation = client.conversation('general')
    conversation.subscribe(() => {})
    await until(() => conversation.getSnapshot().status === 'ready', 'the conversation')
    expect(conversation.getSnapshot().messages).toHaveLength(1)
  })

  it('shows what was missed while the connection was away', async () => {
    const { bodies } = await looking()
    server.cut()
    for (const index of [1, 2]) server.conversations.send('general', 'grace', `n${index}`, `new ${index}`)
    await until(() => bodies().length === 5, 'the missed messages')
    expect(bodies()).toEqual([...old(1, 3), 'new 1', 'new 2'])
    expect(server.count('conversation.history')).toBe(1)
  })

  it('loads anew after a gap, and pages back over what it has missed', async () => {
    const { conversation, bodies } = await looking(3)
    server.copies = () => 0
    for (let index = 4; index <= 40; index += 1) {
      server.conversations.send('general', 'grace', `old-${index}`, `old ${index}`)
    }
    server.log(CHANNEL).expiredUpTo = 30
    server.copies = () => 1
    server.cut()
    await until(() => bodies().at(-1) === 'old 40', 'the newest messages')
    expect(bodies()).toEqual(old(21, 40))
    expect(conversation.getSnapshot().gap).toBeUndefined()
    await conversation.older()
    expect(bodies()).toEqual(old(1, 40))
  })

  it('counts its members', async () => {
    const { conversation } = await looking()
    const count = () => conversation.getSnapshot().conversation?.memberCount
    server.publish(CHANNEL, 'member:joined', { id: 'x', role: 'member', joinedAt: 1 })
    await until(() => count() === 3, 'the member')
    server.publish(CHANNEL, 'member:left', { id: 'x' })
    await until(() => count() === 2, 'the member to be gone')
  })

  it('ignores events that make no sense', async () => {
    const { bodies } = await looking(1)
    for (const data of [null, 'text', { id: 7 }, []]) server.publish(CHANNEL, 'message:created', data)
    server.conversations.send('general', 'grace', 'new', 'hello')
    await until(() => bodies().length === 2, 'the message')
    expect(bodies()).toEqual(['old 1', 'hello'])
  })
})

describe('sending', () => {
  it('shows the message at once, and then as sent', async () => {
    const { conversation, last } = await looking()
    const message = conversation.send('hello', { metadata: { from: 'test' } })
    expect(message).toMatchObject({ status: 'sending', own: true, sender: 'ada', metadata: { from: 'test' } })
    expect(last()).toBe(message)
    await until(() => last()?.status === 'sent', 'the message to be sent')
    expect(last()).toMatchObject({ id: message.id, offset: 4, own: true })
    expect(conversation.getSnapshot().messages).toHaveLength(4)
  })

  it('works while the connection is away', async () => {
    const { client, conversation, bodies, last } = await looking()
    server.script = ({ type }) => (type === 'connect' ? new NowcastError('unavailable', 'Later.') : undefined)
    server.cut()
    await until(() => client.connection.state !== 'connected', 'the loss')
    for (const body of ['one', 'two']) conversation.send(body)
    server.conversations.send('general', 'grace', 'n', 'from grace')
    expect(client.connection.getSnapshot().queued).toBe(2)
    server.script = () => undefined
    await until(() => last()?.status === 'sent', 'the messages to be sent')
    expect(bodies()).toEqual([...old(1, 3), 'from grace', 'one', 'two'])
  })

  it('fails with the reason, and can be tried again or given up', async () => {
    const { conversation, last, bodies } = await looking()
    server.script = ({ type }) =>
      type === 'conversation.send' ? new NowcastError('body_too_long', 'Too long.') : undefined
    const { id } = conversation.send('hello')
    await until(() => last()?.status === 'failed', 'the failure')
    expect(last()?.error?.code).toBe('body_too_long')
    const other = conversation.send('other')
    await until(() => last()?.id === other.id && last()?.status === 'failed', 'the other failure')
    server.script = () => undefined
    conversation.retry(id)
    expect(last()).toMatchObject({ id, status: 'sending' })
    expect(last()?.error).toBeUndefined()
    conversation.discard(other.id)
    await until(() => last()?.status === 'sent', 'the message to be sent')
    expect(bodies()).toEqual([...old(1, 3), 'hello'])
    conversation.discard(id)
    conversation.retry('unknown')
    expect(bodies()).toHaveLength(4)
  })

  it('works for a conversation that nobody looks at', async () => {
    server.conversations.create('general')
    const client = testClient(server)
    client.conversation('general').send('hello')
    await until(() => server.conversations.messages.get('general')?.length === 1, 'the message')
    await until(
      () => client.conversation('general').getSnapshot().messages[0]?.status === 'sent',
      'the state',
    )
  })
})

describe('what arrives out of order', () => {
  it('leaves no hole when a message was stored long before its acknowledgement', async () => {
    const { client, conversation, bodies, last } = await looking(3)
    server.script = ({ type }) => (type === 'conversation.send' ? 'silent' : undefined)
    server.copies = () => 0
    conversation.send('mine')
    await until(() => server.conversations.messages.get('general')?.length === 4, 'the message to be stored')
    for (let index = 5; index <= 45; index += 1) {
      server.conversations.send('general', 'grace', `old-${index}`, `old ${index}`)
    }
    server.log(CHANNEL).expiredUpTo = 40
    server.copies = () => 1
    server.script = ({ type }) => (type === 'conversation.send' ? 'ignore' : undefined)
    server.cut()
    await until(() => bodies().includes('old 45'), 'the newest messages')
    expect(last()).toMatchObject({ body: 'mine', status: 'sending' })
    server.script = () => undefined
    server.cut()
    await until(() => client.connection.getSnapshot().queued === 0, 'the acknowledgement')
    expect(bodies()).toEqual(old(26, 45))
    await conversation.older()
    await conversation.older()
    expect(bodies()).toEqual([...old(1, 3), 'mine', ...old(5, 45)])
    expect(conversation.getSnapshot().hasOlder).toBe(false)
  })

  it('shows a message once whose event came and whose acknowledgement did not', async () => {
    const { client, conversation, stop, bodies, last } = await looking(1)
    server.script = ({ type }) => (type === 'conversation.send' ? 'silent' : undefined)
    conversation.send('mine')
    await until(() => last()?.status === 'sent', 'the event')
    stop()
    conversation.subscribe(() => {})
    expect(client.connection.getSnapshot().queued).toBe(1)
    expect(bodies()).toEqual(['old 1', 'mine'])
    expect(last()?.status).toBe('sent')
  })

  it('takes the event before and after the acknowledgement for the same message', async () => {
    const { conversation, bodies, last } = await looking(1)
    conversation.send('event first')
    await until(() => last()?.status === 'sent', 'the first message')
    server.copies = () => 0
    conversation.send('acknowledgement first')
    await until(() => last()?.status === 'sent', 'the second message')
    server.copies = () => 1
    server.push({ type: 'event', ...server.log(CHANNEL).publications.at(-1) })
    server.conversations.send('general', 'grace', 'n', 'from grace')
    await until(() => bodies().length === 4, 'the last message')
    expect(bodies()).toEqual(['old 1', 'event first', 'acknowledgement first', 'from grace'])
  })

  it('does not mix a page of older messages with what a gap has replaced', async () => {
    const { conversation, bodies } = await looking(45)
    const held: Command[] = []
    server.script = (command) => {
      if (command.type !== 'conversation.history' || command.before === undefined) return undefined
      held.push(command)
      return 'ignore'
    }
    const page = conversation.older()
    await until(() => held.length === 1, 'the request')
    server.copies = () => 0
    for (let index = 46; index <= 90; index += 1) {
      server.conversations.send('general', 'grace', `old-${index}`, `old ${index}`)
    }
    server.copies = () => 1
    const position = server.log(CHANNEL).position
    server.push({ type: 'gap', channel: CHANNEL, position, reason: 'expired', action: 'reload' })
    await until(() => bodies().at(-1) === 'old 90', 'the newest messages')
    const late = server.conversations.serve(
      { ...(held[0] as Command & { type: 'conversation.history' }) },
      'ada',
    )
    server.push({ type: 'reply', id: held[0]?.id, result: late })
    await page
    expect(bodies()).toEqual(old(71, 90))
    expect(conversation.getSnapshot()).toMatchObject({ hasOlder: true, loadingOlder: false })
    server.script = () => undefined
    await conversation.older()
    expect(bodies()).toEqual(old(51, 90))
  })
})

describe('another user', () => {
  it('sees nothing of what the one before saw or wrote', async () => {
    let user = 'ada'
    const { client, conversation, last } = await looking(1, { token: () => user })
    conversation.send('from ada')
    await until(() => last()?.status === 'sent', 'the message')
    server.script = ({ type }) => (type === 'conversation.send' ? 'ignore' : undefined)
    conversation.send('unsent')
    await until(() => server.count('conversation.send') === 2, 'the attempt')
    user = 'grace'
    server.script = ({ type }) =>
      type === 'subscribe' ? new NowcastError('not_a_member', 'Join first.') : undefined
    server.cut()
    await until(() => conversation.getSnapshot().status === 'refused', 'the refusal')
    expect(conversation.getSnapshot().messages).toEqual([])
    expect(conversation.getSnapshot().conversation).toBeUndefined()
    server.script = () => undefined
    await client.conversations.join('general')
    await until(() => conversation.getSnapshot().status === 'ready', 'the conversation')
    expect(conversation.getSnapshot().messages.map(({ body, own }) => `${body} ${own}`)).toEqual([
      'old 1 true',
      'from ada false',
    ])
  })
})

describe('changing a message', () => {
  it('is seen at once, and then as the server has it', async () => {
    const { conversation, last } = await looking(0)
    conversation.send('hello')
    await until(() => last()?.status === 'sent', 'the message to be sent')
    const edit = conversation.edit(1, 'changed')
    expect(last()?.body).toBe('changed')
    await edit
    expect(last()).toMatchObject({ body: 'changed', editedAt: 2_000_000 })
    const deletion = conversation.delete(1)
    expect(last()?.body).toBe('')
    await deletion
    expect(last()).toMatchObject({ body: '', deletedAt: 2_000_000 })
  })

  it('is taken back when the server refuses', async () => {
    const { conversation, bodies } = await looking(1)
    const edit = conversation.edit(1, 'mine now')
    expect(bodies()).toEqual(['mine now'])
    await expect(edit).rejects.toMatchObject({ code: 'forbidden' })
    expect(bodies()).toEqual(['old 1'])
    await expect(conversation.delete(1)).rejects.toMatchObject({ code: 'forbidden' })
    expect(bodies()).toEqual(['old 1'])
    expect(conversation.getSnapshot().messages[0]?.deletedAt).toBeUndefined()
  })

  it('is seen when others do it, for messages that are shown', async () => {
    const { bodies } = await looking(25)
    server.conversations.change('general', 1, 'grace', { body: 'unseen', editedAt: 5 }, 'message:edited')
    server.conversations.change('general', 25, 'grace', { body: 'seen', editedAt: 5 }, 'message:edited')
    await until(() => bodies().at(-1) === 'seen', 'the change')
    expect(bodies()).toEqual([...old(6, 24), 'seen'])
  })
})
