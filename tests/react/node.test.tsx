// The hooks over a running node.
import './browser.ts'
import { rm } from 'node:fs/promises'
import { createClient, type NowcastClient } from '@nowcast/client'
import { NowcastProvider, useActivity, useConversation, useConversations } from '@nowcast/react'
import { createNode, type Node } from '@nowcast/server'
import { act, cleanup, configure, render, screen, waitFor } from '@testing-library/react'
import { StrictMode } from 'react'
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

const clientOf = (user: string) =>
  createClient({ url, token: tokenFor(user), WebSocket, outbox: { storage: 'memory' } })

beforeAll(async () => {
  folder = await temporaryFolder()
  node = await createNode({ dataDir: folder, logLevel: 'silent', drainTimeout: 500, port: 0 })
  url = await node.listen()
})

afterAll(async () => {
  await node?.stop()
  await rm(folder, { recursive: true, force: true })
})

beforeEach(() => {
  ada = clientOf('ada')
  grace = clientOf('grace')
})

afterEach(() => {
  cleanup()
  ada.close()
  grace.close()
})

it('a conversation shows what everybody sends, and one’s own at once', async () => {
  const { id } = await grace.conversations.create({ name: 'General', kind: 'open' })
  let conversation: ReturnType<typeof useConversation> | undefined
  function Log() {
    conversation = useConversation(id)
    const { conversations } = useConversations()
    return (
      <>
        <h1>{conversations.map(({ name }) => name).join()}</h1>
        <ul data-status={conversation.status}>
          {conversation.messages.map((message) => (
            <li key={message.id} data-status={message.status}>
              {message.body}
            </li>
          ))}
        </ul>
      </>
    )
  }
  await ada.conversations.join(id)
  render(
    <StrictMode>
      <NowcastProvider client={ada}>
        <Log />
      </NowcastProvider>
    </StrictMode>,
  )
  await screen.findByRole('heading', { name: 'General' })
  await waitFor(() => expect(conversation?.status).toBe('ready'))
  grace.conversation(id).send('hello')
  await screen.findByText('hello')
  act(() => {
    conversation?.send('hello Grace')
  })
  expect(screen.getByText('hello Grace').dataset.status).toBe('sending')
  await waitFor(() => expect(screen.getByText('hello Grace').dataset.status).not.toBe('sending'))
  await expect(conversation?.search('grace')).resolves.toMatchObject({ messages: [{ body: 'hello Grace' }] })
})

it('an activity is history, continued live', async () => {
  const channel = 'activity-of-the-team'
  for (let event = 1; event <= 5; event += 1) await node.publish(channel, 'done', event, { id: `e${event}` })
  function Feed() {
    const { status, events } = useActivity(channel, { limit: 3 })
    return (
      <p>
        {status}: {events.map(({ data }) => String(data)).join(' ')}
      </p>
    )
  }
  render(
    <NowcastProvider client={ada}>
      <Feed />
    </NowcastProvider>,
  )
  await screen.findByText('ready: 3 4 5')
  await node.publish(channel, 'done', 6, { id: 'e6' })
  await screen.findByText('ready: 4 5 6')
})
