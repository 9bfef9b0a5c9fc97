// Presence, as every engine promises it.
import fc from 'fast-check'
import { beforeEach, expect, it, vi } from 'vitest'
import { channelKey } from '../foundation/channelKey.ts'
import { type EngineSubject, overEveryEngine } from '../testing/everyEngine.ts'
import type { PresenceFollower } from '../testing/presenceFollower.ts'
import type { Presence } from './presence.ts'

const KEY = channelKey('1', 'room')

overEveryEngine((current) => {
  let subject: EngineSubject
  let presence: Presence
  let follower: PresenceFollower
  beforeEach(() => {
    subject = current()
    presence = subject.engine.presence
    follower = subject.follower
  })

  it('tells joined, updated and left, numbered 1, 2, 3…, on the channels that are observed', async () => {
    await presence.observe(KEY)
    await presence.enter(KEY, 'ada', { name: 'Ada' })
    await presence.enter(channelKey('1', 'other'), 'ada', null)
    await presence.enter(KEY, 'grace', null)
    await presence.enter(KEY, 'ada', { name: 'Ada', status: 'busy' })
    await presence.leave(KEY, 'ada')
    await vi.waitFor(() =>
      expect(follower.changes).toEqual([
        { offset: 1, type: 'joined', user: 'ada', info: { name: 'Ada' } },
        { offset: 2, type: 'joined', user: 'grace', info: null },
        { offset: 3, type: 'updated', user: 'ada', info: { name: 'Ada', status: 'busy' } },
        { offset: 4, type: 'left', user: 'ada', info: { name: 'Ada', status: 'busy' } },
      ]),
    )
    const { position, members } = await presence.members(KEY)
    expect([position.offset, members]).toEqual([4, [{ user: 'grace', info: null }]])
  })

  it('says nothing of what changes nothing', async () => {
    await presence.observe(KEY)
    await presence.leave(KEY, 'nobody')
    await presence.enter(KEY, 'ada', { a: 1 })
    await presence.enter(KEY, 'ada', { a: 1 })
    expect((await presence.members(KEY)).position.offset).toBe(1)
  })

  it('is silent after it is no longer observed', async () => {
    await presence.observe(KEY)
    await presence.enter(KEY, 'ada', null)
    await vi.waitFor(() => expect(follower.changes).toHaveLength(1))
    await presence.unobserve(KEY)
    await presence.enter(KEY, 'grace', null)
    await presence.observe(KEY)
    await presence.enter(KEY, 'joan', null)
    await vi.waitFor(() => expect(follower.changes.map(({ offset }) => offset)).toEqual([1, 3]))
  })

  it('keeps any user and any info as they are', async () => {
    const users = ['a b', '"quoted"', 'line\nbreak', 'ünï', '!', '', '}{', ' ']
    await follower.follow(KEY)
    const wanted = Object.fromEntries(users.map((user) => [user, { user, list: [1, 'two\n', null] }]))
    await Promise.all(Object.entries(wanted).map(([user, info]) => presence.enter(KEY, user, info)))
    await vi.waitFor(() => expect(follower.members(KEY)).toEqual(wanted))
    const { members } = await presence.members(KEY)
    expect(Object.fromEntries(members.map(({ user, info }) => [user, info]))).toEqual(wanted)
    for (const user of users) await presence.leave(KEY, user)
    await vi.waitFor(() => expect(follower.members(KEY)).toEqual({}))
  })

  it('gives a snapshot and changes that fit together at any moment', async () => {
    const step = fc.record({
      user: fc.constantFrom('ada', 'grace', 'joan'),
      info: fc.option(fc.nat(2), { nil: undefined }),
    })
    let run = 0
    await fc.assert(
      fc.asyncProperty(fc.array(step), fc.array(step), async (before, after) => {
        run += 1
        const key = channelKey('1', `room-${run}`)
        const apply = ({ user, info }: (typeof before)[number]) =>
          info === undefined ? presence.leave(key, user) : presence.enter(key, user, info)
        const first = before.map(apply)
        const following = follower.follow(key)
        await Promise.all([...first, ...after.map(apply), following])
        const wanted = new Map<string, number>()
        for (const { user, info } of [...before, ...after]) {
          if (info === undefined) wanted.delete(user)
          else wanted.set(user, info)
        }
        await vi.waitFor(() => expect(follower.members(key)).toEqual(Object.fromEntries(wanted)), {
          interval: 2,
        })
        expect([follower.contradictions, follower.moves(key)]).toEqual([[], 0])
        await presence.unobserve(key)
      }),
      { numRuns: 50 },
    )
  })
})
