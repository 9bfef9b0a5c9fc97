// Presence, typing, people and what belongs to conversations, on a page over a running node.
import './browser.ts'
import { rm } from 'node:fs/promises'
import { createClient, type NowcastClient } from '@nowcast/client'
import {
  NowcastProvider,
  PresenceAvatars,
  TypingIndicator,
  useConversation,
  usePerson,
  usePresence,
} from '@nowcast/react'
import { createNode, type Node } from '@nowcast/server'
import { act, cleanup, configure, render, screen, waitFor } from '@testing-library/react'
import { type ReactNode, StrictMode } from 'react'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { temporaryFolder } from '../support/serverProcess.ts'
import { tokenFor } from '../support/tokens.ts'

// Other tests keep the machine busy too.
configure({ asyncUtilTimeout: 10_000 })

let folder: string
let node: Node
let url: string
let ada: NowcastClient
let grace: NowcastClient
let conversation: string

const clientOf = (user: string, name: string) =>
  createClient({ url, token: tokenFor(user, { name }), WebSocket, outbox: { storage: 'memory' } })

const show = (children: ReactNode) =>
  render(
    <StrictMode>
      <NowcastProvider client={ada}>{children}</NowcastProvider>
    </StrictMode>,
  )

beforeAll(async () => {
  folder = await temporaryFolder()
  node = await createNode({
    dataDir: folder,
    logLevel: 'silent',
    drainTimeout: 500,
    port: 0,
    presence: { linger: 300 },
  })
  url = await node.listen()
})

afterAll(async () => {
  await node?.stop()
  await rm(folder, { recursive: true, force: true })
})

beforeEach(async () => {
  ada = clientOf('ada', 'Ada')
  grace = clientOf('grace', 'Grace')
  conversation = (await grace.conversations.create({ name: 'General', kind: 'open' })).id
  await ada.conversations.join(conversation)
})

afterEach(() => {
  cleanup()
  ada.close()
  grace.close()
})

it('shows who is there, through a lost connection too', async () => {
  const seen: string[] = []
  function Room() {
    const { status, members, me } = usePresence(`conversation-${conversation}`, { enter: { reading: true } })
    const text = `${status}: ${members.map(({ name }) => name).join(' ')}, me: ${me?.name ?? 'nobody'}`
    seen.push(text)
    return (
      <>
        <p>{text}</p>
        <PresenceAvatars channel={`conversation-${conversation}`} />
      </>
    )
  }
  const { unmount } = show(<Room />)
  await screen.findByText('ready: Ada, me: Ada')
  const presence = grace.conversation(conversation).presence
  await presence.enter()
  await screen.findByText('ready: Ada Grace, me: Ada')
  await screen.findByText('Grace, online')
  presence.subscribe(() => {})
  await waitFor(() => expect(presence.getSnapshot().members[0]?.data).toEqual({ reading: true }))
  const first = seen.lastIndexOf('ready: Ada Grace, me: Ada')
  act(() => {
    ada.disconnect()
    ada.connect()
  })
  await waitFor(() => expect(ada.connection.state).toBe('connected'))
  await presence.leave()
  await screen.findByText('ready: Ada, me: Ada')
  expect(new Set(seen.slice(first))).toEqual(new Set(['ready: Ada Grace, me: Ada', 'ready: Ada, me: Ada']))
  unmount()
  await presence.enter()
  await waitFor(() => expect(presence.getSnapshot().members.map(({ id }) => id)).toEqual(['grace']))
})

it('shows who types at once, until they send', async () => {
  function Room() {
    const { messages } = useConversation(conversation)
    return (
      <>
        <TypingIndicator channel={`conversation-${conversation}`} />
        <p>{messages.map(({ body }) => body).join()}</p>
      </>
    )
  }
  show(<Room />)
  await waitFor(() => expect(ada.conversation(conversation).getSnapshot().status).toBe('ready'))
  const live = grace.conversation(conversation)
  live.subscribe(() => {})
  await waitFor(() => expect(live.getSnapshot().status).toBe('ready'))
  live.typing.keystroke()
  await screen.findByText('Grace is typing')
  live.send('done')
  await screen.findByText('done')
  await waitFor(() => expect(screen.getByRole('status').textContent).toBe(''))
  expect(live.typing.active).toBe(false)
})

it('shows how somebody is', async () => {
  function Person() {
    const person = usePerson('grace')
    return (
      <p>
        {person?.status} {person?.text} {person?.lastSeenAt === undefined ? '' : 'seen before'}
      </p>
    )
  }
  show(<Person />)
  await screen.findByText('online')
  await grace.people.setStatus('at lunch')
  await screen.findByText('online at lunch')
  grace.close()
  await screen.findByText('offline at lunch seen before')
})
