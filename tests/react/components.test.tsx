// @vitest-environment jsdom
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  ConnectionBadge,
  HealthWidget,
  MessageStatus,
  PresenceAvatars,
  TypingIndicator,
} from '@nowcast/react'
import { act, fireEvent, render, screen, waitFor, within } from '@testing-library/react'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Page } from './page.tsx'

const page = new Page()

describe('TypingIndicator', () => {
  it('says who types, to those who listen too', async () => {
    page.show(<TypingIndicator channel="lobby" />)
    const region = screen.getByRole('status')
    expect([region.getAttribute('aria-live'), region.textContent]).toEqual(['polite', ''])
    await waitFor(() => expect(page.server.people.watchers('typing lobby')).toBe(1))
    for (const [users, sentence] of [
      [['ada', 'Grace'], 'Grace is typing'],
      [['Grace', 'Linus'], 'Grace and Linus are typing'],
      [['Grace', 'Linus', 'Kay'], 'Grace, Linus and 1 other are typing'],
      [['Grace', 'Linus', 'Kay', 'Alan', 'Edsger'], 'Grace, Linus and 3 others are typing'],
      [[], ''],
    ] as const) {
      page.server.people.type('lobby', ...users)
      await waitFor(() => expect(region.textContent).toBe(sentence))
      expect(region.dataset.active).toBe(String(users.length > 0))
    }
  })

  it('counts those whose names did not come', async () => {
    page.show(<TypingIndicator channel="lobby" />)
    await waitFor(() => expect(page.server.people.watchers('typing lobby')).toBe(1))
    const users = [{ id: 'grace', name: 'Grace' }]
    page.server.push({ type: 'typing', channel: 'lobby', users, count: 2 })
    await screen.findByText('Grace and 1 other are typing')
  })

  it('speaks other languages', async () => {
    page.show(<TypingIndicator channel="lobby" describe={(_, count) => `${count} tippen`} />)
    await waitFor(() => expect(page.server.people.watchers('typing lobby')).toBe(1))
    page.server.people.type('lobby', 'grace', 'linus')
    await screen.findByText('2 tippen')
  })
})

describe('ConnectionBadge', () => {
  it('says what the connection is like', async () => {
    const { client } = page.show(<ConnectionBadge labels={{ disconnected: 'Aus' }} />)
    const text = () => screen.getByRole('status').textContent
    expect(text()).toBe('Connection: Connecting…')
    act(() => client.connect())
    await waitFor(() => expect(text()).toBe('Connection: Connected'))
    page.server.push({ type: 'status', degraded: ['database'] })
    await waitFor(() => expect(text()).toBe('Connection: Degraded'))
    act(() => client.disconnect())
    expect(text()).toBe('Connection: Aus')
  })
})

describe('PresenceAvatars', () => {
  it('shows pictures or initials, how everybody is, and how many more there are', async () => {
    page.server.people.enter('lobby', { id: 'u1', name: 'Ada Lovelace' })
    page.server.people.enter('lobby', { id: 'u2', name: 'Grace', avatar: 'https://example.com/grace.png' })
    for (let more = 3; more <= 9; more += 1)
      page.server.people.enter('lobby', { id: `u${more}`, name: `Z${more}` })
    page.server.people.become({ id: 'u1', status: 'online' })
    page.server.people.become({ id: 'u2', status: 'away' })
    const { container } = page.show(<PresenceAvatars channel="lobby" max={2} />)
    await screen.findByText('Ada Lovelace, online')
    const items = within(screen.getByRole('list', { name: 'Present: 9' })).getAllByRole('listitem')
    expect(items.map((item) => item.textContent)).toEqual([
      'ALAda Lovelace, online',
      'Grace, away',
      '+7and 7 more',
    ])
    expect(items[1]?.querySelector('img')?.getAttribute('src')).toBe('https://example.com/grace.png')
    expect(items[1]?.querySelector('[data-status]')?.getAttribute('data-status')).toBe('away')
    // A picture that does not come is replaced.
    fireEvent.error(container.querySelector('img') as Element)
    expect(items[1]?.textContent).toBe('GGrace, away')
    // Only those who are shown are asked for.
    expect(page.server.commands.filter(({ type }) => type === 'people.watch')).toMatchObject([
      { users: ['u1', 'u2'] },
    ])
  })
})

describe('MessageStatus', () => {
  it.each(['sending', 'sent', 'delivered', 'read'] as const)('says that a message is %s', (status) => {
    const { container } = render(<MessageStatus status={status} />)
    expect(container.textContent?.toLowerCase()).toBe(status)
    expect(container.querySelector('svg')?.getAttribute('aria-hidden')).toBe('true')
  })

  it('offers to try again', () => {
    const retry = vi.fn()
    render(<MessageStatus status="failed" onRetry={retry} />)
    expect(screen.getByRole('alert').textContent).toBe('Not sent')
    fireEvent.click(screen.getByRole('button', { name: 'Try again' }))
    expect(retry).toHaveBeenCalledOnce()
  })
})

describe('HealthWidget', () => {
  let server: Server
  let url: string
  let answer: { status: number; body: string }
  const asked = vi.fn()

  beforeEach(async () => {
    asked.mockClear()
    answer = { status: 200, body: '' }
    server = createServer((request, response) => {
      asked(request.url)
      response.writeHead(answer.status, { 'access-control-allow-origin': '*' }).end(answer.body)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`
  })

  afterEach(() => {
    server.closeAllConnections()
    server.close()
  })

  const health = (status: string, database: string) =>
    JSON.stringify({
      status,
      services: { database: { status: database }, engine: { status: 'up' } },
      counts: { connections: 12, users: 7 },
    })

  it('shows what the server says of itself, again and again', async () => {
    answer.body = health('ok', 'up')
    const { unmount } = render(<HealthWidget url={url} intervalMs={10} />)
    const status = () => screen.getByRole('status').textContent
    const facts = () => screen.getAllByRole('definition').map(({ textContent }) => textContent)
    expect(status()).toBe('Reading…')
    await waitFor(() => expect(status()).toBe('All is well.'))
    expect(facts()).toEqual(['up', 'up', '12', '7'])
    answer = { status: 503, body: health('degraded', 'down') }
    await waitFor(() => expect(status()).toBe('Some of it does not work.'))
    expect(facts()).toEqual(['down', 'up', '12', '7'])
    answer.body = '<html>'
    await waitFor(() => expect(status()).toBe('The server’s answer makes no sense.'))
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    await waitFor(() => expect(status()).toBe('The server can’t be reached.'))
    // What was known is still there.
    expect(facts()).toEqual(['down', 'up', '12', '7'])
    expect(new Set(asked.mock.calls.flat())).toEqual(new Set(['/health']))
    unmount()
  })

  it('asks no more after it is gone', async () => {
    answer.body = health('ok', 'up')
    const { unmount } = render(<HealthWidget url={url} intervalMs={1} />)
    await screen.findByText('All is well.')
    unmount()
    const before = asked.mock.calls.length
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(asked.mock.calls.length - before).toBeLessThanOrEqual(1)
  })
})
