// @vitest-environment jsdom
import {
  type ConnectionHandle,
  useChannel,
  useConnection,
  useEvent,
  usePerson,
  usePresence,
  useTyping,
} from '@nowcast/react'
import { act, screen, waitFor } from '@testing-library/react'
import { useState } from 'react'
import { describe, expect, it } from 'vitest'
import { Page, settled } from './page.tsx'

const page = new Page()

describe('a channel', () => {
  function News({ name, listener }: { name: string | null; listener: (data: unknown) => void }) {
    const { state } = useChannel(name)
    useEvent(name, 'published', listener)
    return <p>{state}</p>
  }

  it('is subscribed while the component is there, and its events reach the newest listener', async () => {
    const heard: string[] = []
    const listen = (who: string) => (data: unknown) => heard.push(`${who} ${data}`)
    const { change, unmount, client } = page.show(<News name="news" listener={listen('first')} />)
    await screen.findByText('subscribed')
    page.server.publish('news', 'published', 1)
    await waitFor(() => expect(heard).toEqual(['first 1']))
    change(<News name="news" listener={listen('second')} />)
    page.server.publish('news', 'published', 2)
    page.server.publish('news', 'other', 3)
    await waitFor(() => expect(heard).toEqual(['first 1', 'second 2']))
    expect(page.server.count('subscribe')).toBe(1)
    change(<News name={null} listener={listen('third')} />)
    await screen.findByText('idle')
    unmount()
    await waitFor(() => expect(page.server.subscribers('news')).toBe(0))
    expect(client.channel('news').getSnapshot().state).toBe('idle')
  })

  it('is subscribed once in strict mode, and nothing is left behind', async () => {
    const heard: unknown[] = []
    const { unmount, client } = page.show(<News name="news" listener={(data) => heard.push(data)} />, {
      strict: true,
    })
    await screen.findByText('subscribed')
    page.server.publish('news', 'published', 1)
    await waitFor(() => expect(heard).toEqual([1]))
    expect([page.server.connections, page.server.count('subscribe')]).toEqual([1, 1])
    unmount()
    await waitFor(() => expect(page.server.subscribers('news')).toBe(0))
    expect(client.channel('news').getSnapshot().state).toBe('idle')
  })

  it('is published on', async () => {
    let publish: ReturnType<typeof useChannel>['publish'] | undefined
    function Publisher({ name }: { name: string | null }) {
      publish = useChannel(name).publish
      return null
    }
    const { change } = page.show(<Publisher name="news" />)
    await expect(publish?.('published', { n: 1 })).resolves.toMatchObject({ duplicate: false })
    expect(page.server.log('news').publications).toMatchObject([{ name: 'published', data: { n: 1 } }])
    change(<Publisher name={null} />)
    await expect(publish?.('published', 1)).rejects.toThrow('no channel')
  })
})

describe('the connection', () => {
  it('renders again only when the part that was asked for changes', async () => {
    const renders = { state: 0, all: 0 }
    function State() {
      const { state } = useConnection(({ state }) => ({ state }))
      renders.state += 1
      return <p>{state}</p>
    }
    function All() {
      const { queued } = useConnection()
      renders.all += 1
      return <i>{queued}</i>
    }
    const { client } = page.show(
      <>
        <State />
        <All />
      </>,
    )
    act(() => client.connect())
    await screen.findByText('connected')
    const before = renders.state
    const allBefore = renders.all
    for (let count = 0; count < 5; count += 1) await act(() => settled(client))
    expect(renders.state).toBe(before)
    // What this test would not notice otherwise: there was something to render for those who look at it.
    expect(renders.all).toBeGreaterThan(allBefore)
  })

  it('is begun and ended', async () => {
    let connection: ConnectionHandle | undefined
    function Buttons() {
      connection = useConnection()
      return <p>{connection.state}</p>
    }
    page.show(<Buttons />)
    act(() => connection?.connect())
    await screen.findByText('connected')
    act(() => connection?.disconnect())
    await screen.findByText('disconnected')
  })
})

describe('presence', () => {
  function Present({ enter }: { enter?: boolean | { mood: string } }) {
    const { members, me, status } = usePresence('lobby', enter === undefined ? {} : { enter })
    return (
      <p>
        {status}: {members.map(({ id }) => id).join(' ')} / {JSON.stringify(me?.data ?? null)}
      </p>
    )
  }

  it('makes the user a member while the component is there, in strict mode too', async () => {
    const { unmount, change } = page.show(<Present enter={{ mood: 'fine' }} />, { strict: true })
    await screen.findByText('ready: ada / {"mood":"fine"}')
    change(<Present enter={{ mood: 'fine' }} />)
    change(<Present enter={{ mood: 'better' }} />)
    await screen.findByText('ready: ada / {"mood":"better"}')
    unmount()
    await waitFor(() => expect(page.server.people.members.get('lobby')?.size).toBe(0))
    expect(page.server.commands.filter(({ type }) => /enter|leave/.test(type))).toMatchObject([
      { type: 'presence.enter', data: { mood: 'fine' } },
      { type: 'presence.enter', data: { mood: 'better' } },
      { type: 'presence.leave' },
    ])
    await waitFor(() => expect(page.server.people.watchers('presence lobby')).toBe(0))
  })

  it('ends with the last component that has entered', async () => {
    function Two({ second }: { second: boolean }) {
      return (
        <>
          <Present enter={true} />
          {second && <Present enter={true} />}
        </>
      )
    }
    const { change, client } = page.show(<Two second={true} />)
    await waitFor(() => expect(screen.getAllByText('ready: ada / null')).toHaveLength(2))
    change(<Two second={false} />)
    await settled(client)
    expect(page.server.count('presence.leave')).toBe(0)
    expect(page.server.people.members.get('lobby')?.size).toBe(1)
  })

  it('and other channels render nothing of those who do not look', async () => {
    let renders = 0
    function Quiet() {
      useChannel('quiet')
      usePresence('lobby')
      useTyping('lobby')
      usePerson('grace')
      renders += 1
      return <p>{useConnection(({ state }) => state)}</p>
    }
    const { client } = page.show(<Quiet />)
    const stops = [
      client.channel('busy').onAny(() => {}),
      client.presence('busy').subscribe(() => {}),
      client.typing('busy').subscribe(() => {}),
      client.people.person('linus').subscribe(() => {}),
    ]
    await waitFor(() => {
      expect(client.presence('lobby').getSnapshot().status).toBe('ready')
      expect(client.presence('busy').getSnapshot().status).toBe('ready')
      expect(client.people.person('grace').getSnapshot()).toBeDefined()
    })
    await act(() => settled(client))
    const before = renders
    let last = 0
    stops.push(client.channel('busy').on('tick', (data) => (last = Number(data))))
    await act(async () => {
      for (let event = 1; event <= 1_000; event += 1) page.server.publish('busy', 'tick', event)
      for (let user = 0; user < 50; user += 1) page.server.people.enter('busy', { id: `user-${user}` })
      page.server.people.type('busy', 'grace')
      page.server.people.become({ id: 'linus', status: 'away' })
      await waitFor(() => expect(client.people.person('linus').getSnapshot()?.status).toBe('away'))
    })
    expect([last, client.presence('busy').getSnapshot().count]).toEqual([1_000, 50])
    expect(renders).toBe(before)
    for (const stop of stops) stop()
  })
})

describe('typing', () => {
  function Composer() {
    const { users, keystroke, stop } = useTyping('lobby')
    return (
      <>
        <p>{users.map(({ id }) => id).join(' ') || 'nobody'}</p>
        <textarea onChange={keystroke} onBlur={stop} onKeyDown={keystroke} />
      </>
    )
  }

  it('is shown, and ends with the component', async () => {
    let hide = () => {}
    function Room() {
      const [isShown, setShown] = useState(true)
      hide = () => setShown(false)
      return isShown ? <Composer /> : null
    }
    const { client } = page.show(<Room />)
    await waitFor(() => expect(page.server.people.watchers('typing lobby')).toBe(1))
    page.server.people.type('lobby', 'grace', 'ada')
    await screen.findByText('grace')
    act(() => {
      for (let key = 0; key < 20; key += 1) {
        screen.getByRole('textbox').dispatchEvent(new KeyboardEvent('keydown', { bubbles: true }))
      }
    })
    await waitFor(() => expect(page.server.count('typing.start')).toBe(1))
    act(hide)
    await waitFor(() => expect(page.server.count('typing.stop')).toBe(1))
    expect(client.typing('lobby').active).toBe(false)
  })
})
