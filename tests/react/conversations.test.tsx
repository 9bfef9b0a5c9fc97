// @vitest-environment jsdom
import type { Message } from '@nowcast/client'
import { useConversation, useConversations, useInbox, useMembers, useThread } from '@nowcast/react'
import { act, screen, waitFor } from '@testing-library/react'
import { expect, it } from 'vitest'
import { until } from '../../packages/client/src/testing/until.ts'
import { Page, settled } from './page.tsx'

const page = new Page()

it('a thread shows its root and its replies, one’s own at once', async () => {
  page.server.conversations.create('general', 3)
  page.server.conversations.send('general', 'grace', 'reply-1', 'first', { thread: 2 })
  let thread: ReturnType<typeof useThread> | undefined
  function Thread({ id }: { id: string | null }) {
    thread = useThread(id, 2)
    return (
      <>
        <h1>{thread.root?.body ?? 'none'}</h1>
        <p>{thread.messages.map(({ body }) => body).join() || 'nothing'}</p>
      </>
    )
  }
  const { change } = page.show(<Thread id="general" />, { batchMs: 50, strict: true })
  await screen.findByRole('heading', { name: 'old 2' })
  await screen.findByText('first')
  act(() => {
    thread?.send('mine')
  })
  expect(screen.getByRole('paragraph').textContent).toBe('first,mine')
  change(<Thread id={null} />)
  expect(screen.getByRole('heading').textContent).toBe('none')
})

it('members are shown, and change', async () => {
  page.server.conversations.create('general')
  const member = (id: string, name: string) => ({ id, name, role: 'member', joinedAt: 1 }) as const
  page.server.conversations.members.set('general', [member('u2', 'Grace'), member('u1', 'Ada')])
  function Members({ id }: { id: string | null }) {
    const { status, members } = useMembers(id)
    return (
      <p>
        {status}: {members.map(({ name }) => name).join()}
      </p>
    )
  }
  const { change } = page.show(<Members id="general" />, { strict: true })
  await screen.findByText('ready: Ada,Grace')
  page.server.publish('conversation-general', 'member:joined', member('u3', 'Bob'))
  await screen.findByText('ready: Ada,Bob,Grace')
  change(<Members id={null} />)
  await screen.findByText('idle:')
})

it('what was missed is told once, to the newest listener', async () => {
  const missed = (offset: number, body: string): Message => ({
    id: `m${offset}`,
    conversation: 'general',
    offset,
    sender: 'grace',
    body,
    createdAt: 1,
  })
  page.server.conversations.inbox = [missed(1, 'one'), missed(2, 'two')]
  const heard: string[] = []
  function Missed({ who }: { who: string }) {
    useInbox((messages) => heard.push(...messages.map(({ body }) => `${who} ${body}`)))
    return null
  }
  const { change, unmount, client } = page.show(<Missed who="first" />, { strict: true })
  await until(() => heard.length === 2, 'both')
  change(<Missed who="second" />)
  page.server.conversations.inbox = [missed(2, 'two'), missed(3, 'three')]
  page.server.cut()
  await until(() => heard.length === 3, 'the third')
  expect(heard).toEqual(['first one', 'first two', 'second three'])
  unmount()
  const asked = page.server.count('conversation.inbox')
  page.server.cut()
  await until(() => client.connection.state !== 'connected', 'the loss')
  await settled(client)
  expect(page.server.count('conversation.inbox')).toBe(asked)
})

it('all actions can be handed on, and keep their identity', async () => {
  page.server.conversations.create('general', 30)
  let conversation: ReturnType<typeof useConversation> | undefined
  let conversations: ReturnType<typeof useConversations> | undefined
  function Chat() {
    conversation = useConversation('general')
    conversations = useConversations()
    return <p>{conversation.messages.length}</p>
  }
  page.show(<Chat />, { batchMs: 20 })
  await screen.findByText('20')
  const { older, react, jump, search, invite, toNewest } = conversation ?? {}
  await act(async () => older?.())
  await screen.findByText('30')
  await act(async () => react?.(30, '👍', true))
  expect(page.server.count('conversation.react')).toBe(1)
  expect(conversation).toMatchObject({ older, react, jump, search, invite, toNewest })
  expect(typeof invite).toBe('function')
  expect(Object.keys(conversations ?? {})).toEqual(
    expect.arrayContaining(['create', 'direct', 'join', 'leave', 'open', 'search', 'unread']),
  )
})

it('sending a message ends typing without a command', async () => {
  page.server.conversations.create('general', 1)
  const client = page.client()
  const live = client.conversation('general')
  live.subscribe(() => {})
  await until(() => live.getSnapshot().status === 'ready', 'the conversation')
  live.typing.keystroke()
  await until(() => page.server.count('typing.start') === 1, 'the call')
  live.send('done')
  expect(live.typing.active).toBe(false)
  await waitFor(() => expect(page.server.count('conversation.send')).toBe(1))
  expect(page.server.count('typing.stop')).toBe(0)
})
