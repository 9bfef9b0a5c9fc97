// @vitest-environment jsdom

import type { NowcastClient } from '@nowcast/client'
import {
  ConnectionBadge,
  NowcastProvider,
  PresenceAvatars,
  TypingIndicator,
  useActivity,
  useChannel,
  useConnection,
  useConversation,
  useConversations,
  useNowcast,
  usePeople,
  usePerson,
  usePresence,
} from '@nowcast/react'
import { cleanup, render, screen, waitFor } from '@testing-library/react'
import { StrictMode } from 'react'
import { renderToString } from 'react-dom/server'
import { describe, expect, it, vi } from 'vitest'
import { Page } from './page.tsx'

const page = new Page()

const seen = new Set<NowcastClient>()
function Looking({ channel = 'news' }: { channel?: string }) {
  seen.add(useNowcast())
  const { state } = useChannel(channel)
  return <p>{state}</p>
}

describe('a provider with options', () => {
  it('makes one client for the page, and closes it after the last provider is gone', async () => {
    seen.clear()
    const options = page.options()
    function App({ second }: { second: boolean }) {
      return (
        <StrictMode>
          <NowcastProvider options={{ ...options }}>
            <Looking />
          </NowcastProvider>
          {second && (
            <NowcastProvider options={{ ...options }}>
              <Looking />
            </NowcastProvider>
          )}
        </StrictMode>
      )
    }
    const { rerender } = render(<App second={true} />)
    await waitFor(() => expect(screen.getAllByText('subscribed')).toHaveLength(2))
    expect([seen.size, page.server.connections, page.server.count('connect')]).toEqual([1, 1, 1])
    const [client] = seen
    rerender(<App second={false} />)
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect(client?.connection.state).toBe('connected')
    cleanup()
    await waitFor(() => expect(client?.connection.state).toBe('disconnected'))
    await waitFor(() => expect(page.server.connections).toBe(0))
  })

  it('makes another client for another user', async () => {
    seen.clear()
    function App({ user }: { user: string }) {
      return (
        <NowcastProvider options={{ ...page.options(user), user }}>
          <Looking />
        </NowcastProvider>
      )
    }
    const { rerender } = render(<App user="ada" />)
    await screen.findByText('subscribed')
    rerender(<App user="grace" />)
    await waitFor(() =>
      expect([...seen].map(({ connection }) => connection.state)).toEqual(['disconnected', 'connected']),
    )
    await screen.findByText('subscribed')
    expect([...seen][1]?.connection.getSnapshot().user?.id).toBe('grace')
  })
})

describe('without a provider', () => {
  it('hooks say what they need', () => {
    const quiet = vi.spyOn(console, 'error').mockImplementation(() => {})
    expect(() => render(<Looking />)).toThrow('<NowcastProvider>')
    quiet.mockRestore()
  })
})

describe('on a server', () => {
  function Everything() {
    const connection = useConnection()
    const channel = useChannel('news')
    const presence = usePresence('news', { enter: true })
    const conversation = useConversation('general')
    const conversations = useConversations()
    const activity = useActivity('news')
    const person = usePerson('grace')
    const people = usePeople(['grace', 'linus'])
    return (
      <>
        <p>
          {[connection, channel].map(({ state }) => state).join()}{' '}
          {[presence, conversation, conversations, activity].map(({ status }) => status).join()}{' '}
          {String(person)} {people.size}
        </p>
        <TypingIndicator channel="news" />
        <PresenceAvatars channel="news" />
        <ConnectionBadge />
      </>
    )
  }

  it('everything is idle, and no connection is made', async () => {
    const client = page.client()
    const html = renderToString(
      <NowcastProvider client={client}>
        <Everything />
      </NowcastProvider>,
    )
    expect(html.replaceAll('<!-- -->', '')).toContain('<p>idle,idle idle,idle,loading,idle undefined 0</p>')
    expect(client.connection.state).toBe('idle')
  })

  it('each request has a client of its own', () => {
    vi.stubGlobal('document', undefined)
    seen.clear()
    const app = (
      <NowcastProvider options={page.options()}>
        <Looking />
      </NowcastProvider>
    )
    expect([renderToString(app), renderToString(app)]).toEqual(['<p>idle</p>', '<p>idle</p>'])
    vi.unstubAllGlobals()
    expect(seen.size).toBe(2)
    for (const client of seen) expect(client.connection.state).toBe('idle')
  })
})
