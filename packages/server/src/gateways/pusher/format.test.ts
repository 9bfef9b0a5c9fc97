// The frames that Pusher's clients receive.
import type { Member, Publication, Push } from '@nowcast/protocol'
import { userChannel } from '@nowcast/protocol'
import { describe, expect, it } from 'vitest'
import { framePayloads } from '../webSocketFrame.ts'
import { parseChannel, pusherName } from './channels.ts'
import { pusherFormat } from './format.ts'

const read = (bytes: Uint8Array) => framePayloads(bytes).map((payload) => JSON.parse(payload.toString()))

const publication = (fields: Partial<Publication>): Publication => ({
  id: 'id',
  version: 1,
  channel: 'news',
  name: 'headline',
  data: null,
  timestamp: 0,
  offset: 1,
  ...fields,
})

const push = (message: Push) => read(pusherFormat.push(message))

describe('an event', () => {
  it('has its data as text', () => {
    const frames = [{ a: 1 }, 'text', '5', 5].map(
      (data) => read(pusherFormat.event(publication({ data })))[0],
    )
    expect(frames).toEqual(
      ['{"a":1}', 'text', '"5"', '5'].map((data) => ({ event: 'headline', channel: 'news', data })),
    )
  })

  it('names its sender only where a client sent it to members', () => {
    const userIdOf = (fields: Partial<Publication>) =>
      read(pusherFormat.event(publication({ sender: 'ada', ...fields })))[0].user_id
    expect(userIdOf({ channel: 'presence-a', name: 'client-x' })).toBe('ada')
    expect(userIdOf({ channel: 'presence-a', name: 'x' })).toBeUndefined()
    expect(userIdOf({ channel: 'private-a', name: 'client-x' })).toBeUndefined()
  })

  it.each(['ada', '=odd', 'Zoë & co', 'a=b', 'x%20y', 'a/b#c'])(
    'for the user %s has the name of their channel',
    (user) => {
      const [frame] = read(pusherFormat.event(publication({ channel: userChannel(user) })))
      expect(frame.channel).toBe(`#server-to-user-${user}`)
      expect(pusherName(parseChannel(`#server-to-user-${user}`, 200).channel)).toBe(`#server-to-user-${user}`)
    },
  )

  it('of the server cannot be published', () => {
    for (const name of ['pusher:error', 'pusher_internal:member_added']) {
      expect(pusherFormat.event(publication({ name }))).toHaveLength(0)
    }
  })
})

describe('members', () => {
  const ada: Member = { id: 'ada', name: 'Ada', data: { team: 1 } }

  it('are told as a whole, then one by one', () => {
    const told: Push = {
      type: 'presence',
      channel: 'presence-a',
      count: 2,
      members: [ada, { id: '__proto__' }],
      complete: true,
    }
    const [frame] = push(told)
    expect(frame).toMatchObject({ event: 'pusher_internal:subscription_succeeded', channel: 'presence-a' })
    const hash = JSON.parse('{"ada":{"team":1,"name":"Ada"},"__proto__":{}}')
    expect(JSON.parse(frame.data)).toEqual({ presence: { count: 2, ids: ['ada', '__proto__'], hash } })
    const changes = { joined: [ada], updated: [ada], left: ['bob', 'eve'] }
    const frames = push({ type: 'presence.changed', channel: 'presence-a', count: 1, ...changes })
    expect(frames.map(({ event, data }) => [event, JSON.parse(data)])).toEqual([
      ['pusher_internal:member_removed', { user_id: 'bob' }],
      ['pusher_internal:member_removed', { user_id: 'eve' }],
      ['pusher_internal:member_added', { user_id: 'ada', user_info: { team: 1, name: 'Ada' } }],
    ])
    const updated: Push = { type: 'presence.changed', channel: 'presence-a', count: 1, updated: [ada] }
    expect(push(updated)).toEqual([])
  })
})

describe('what Pusher has other or no words for', () => {
  it('is told in its own words, or not at all', () => {
    const people: Push = {
      type: 'people',
      people: [
        { id: 'a', status: 'away' },
        { id: 'b', status: 'offline' },
      ],
    }
    expect(JSON.parse(push(people)[0].data)).toEqual({
      events: [
        { name: 'online', user_ids: ['a'] },
        { name: 'offline', user_ids: ['b'] },
      ],
    })
    expect(push({ type: 'status', degraded: ['database'] })).toEqual([])
    expect(push({ type: 'typing', channel: 'a', users: [], count: 0 })).toEqual([])
    const gap = { position: { epoch: 'e', offset: 1 }, reason: 'expired' } as const
    expect(read(pusherFormat.gap({ channel: 'news', ...gap }))).toEqual([
      { event: 'nowcast:gap', channel: 'news', data: '{"reason":"expired"}' },
    ])
    expect(pusherFormat.gap({ channel: 'private-encrypted-a', ...gap })).toHaveLength(0)
    const [ended] = read(pusherFormat.unsubscribed('news', { code: 'forbidden', message: 'No more.' }))
    expect(ended).toMatchObject({ event: 'pusher:subscription_error', channel: 'news' })
  })
})
