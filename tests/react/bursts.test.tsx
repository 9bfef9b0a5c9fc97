// @vitest-environment jsdom
import { useActivity, useConversation } from '@nowcast/react'
import { act, screen, waitFor } from '@testing-library/react'
import { describe, expect, it } from 'vitest'
import { Page, settled } from './page.tsx'

const page = new Page()

describe('a conversation', () => {
  let conversation: ReturnType<typeof useConversation> | undefined
  let renders = 0

  function Log({ id }: { id: string | null }) {
    conversation = useConversation(id)
    renders += 1
    return (
      <ul data-status={conversation.status}>
        {conversation.messages.map(({ id: message, body, status }) => (
          <li key={message} data-status={status}>
            {body}
          </li>
        ))}
      </ul>
    )
  }

  const open = async (batchMs: number) => {
    page.server.conversations.create('general', 3)
    const shown = page.show(<Log id="general" />, { batchMs })
    await waitFor(() => expect(screen.getAllByRole('listitem')).toHaveLength(3))
    await act(() => settled(shown.client))
    renders = 0
    return shown
  }

  it('renders a burst of messages few times', async () => {
    await open(100)
    const begin = performance.now()
    page.server.conversations.send('general', 'grace', 'first', 'first')
    await screen.findByText('first')
    for (let turn = 0; turn < 50; turn += 1) {
      for (let index = 0; index < 10; index += 1) {
        page.server.conversations.send('general', 'grace', `${turn}-${index}`, `message ${turn}-${index}`)
      }
      // Each ten of them in a turn of their own.
      await new Promise((resolve) => setImmediate(resolve))
    }
    await screen.findByText('message 49-9')
    const windows = Math.ceil((performance.now() - begin) / 100)
    expect(screen.getAllByRole('listitem')).toHaveLength(504)
    expect(renders).toBeLessThanOrEqual(windows + 2)
  })

  it('renders what the user sends at once, also in the middle of a burst', async () => {
    const { client } = await open(60_000)
    page.server.conversations.send('general', 'grace', 'one', 'one')
    // The first of a burst is shown at once.
    await screen.findByText('one')
    page.server.conversations.send('general', 'grace', 'two', 'two')
    await waitFor(() => expect(client.conversation('general').getSnapshot().messages).toHaveLength(5))
    expect(screen.queryByText('two')).toBeNull()
    act(() => {
      conversation?.send('mine')
    })
    expect(screen.getByText('mine').dataset.status).toBe('sending')
  })

  it('renders everything at once where that is wanted', async () => {
    await open(0)
    page.server.conversations.send('general', 'grace', 'one', 'one')
    await screen.findByText('one')
    page.server.conversations.send('general', 'grace', 'two', 'two')
    await screen.findByText('two')
  })

  it('shows another one, or none', async () => {
    page.server.conversations.create('other', 1)
    const { change } = await open(100)
    change(<Log id="other" />)
    await waitFor(() => expect(screen.getAllByRole('listitem')).toHaveLength(1))
    change(<Log id={null} />)
    expect(screen.queryAllByRole('listitem')).toHaveLength(0)
    expect(conversation?.status).toBe('idle')
  })
})

describe('an activity', () => {
  function Feed({ limit, events }: { limit?: number; events?: readonly string[] }) {
    const activity = useActivity('feed', {
      ...(limit !== undefined && { limit }),
      ...(events !== undefined && { events }),
    })
    return (
      <p>
        {activity.status}: {activity.events.map(({ data }) => String(data)).join(' ')}
      </p>
    )
  }

  it('is the newest of the history, continued live', async () => {
    for (let event = 1; event <= 60; event += 1) page.server.publish('feed', 'done', event)
    page.show(<Feed limit={3} />, { batchMs: 10 })
    await screen.findByText('ready: 58 59 60')
    page.server.publish('feed', 'done', 61)
    await screen.findByText('ready: 59 60 61')
    page.server.cut()
    page.server.publish('feed', 'done', 62)
    await screen.findByText('ready: 60 61 62')
  })

  it('holds only the events that are wanted', async () => {
    for (let event = 1; event <= 9; event += 1)
      page.server.publish('feed', event % 3 ? 'noise' : 'done', event)
    page.show(<Feed events={['done']} />)
    await screen.findByText('ready: 3 6 9')
    page.server.publish('feed', 'noise', 10)
    page.server.publish('feed', 'done', 11)
    await screen.findByText('ready: 3 6 9 11')
  })

  it('begins anew when the history did', async () => {
    page.server.publish('feed', 'done', 'old')
    page.show(<Feed />)
    await screen.findByText('ready: old')
    page.server.log('feed').restart('epoch-2')
    page.server.cut()
    page.server.publish('feed', 'done', 'new')
    await screen.findByText('ready: new')
  })
})
