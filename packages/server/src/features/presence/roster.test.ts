// A node's copy of a channel's members is right again after whatever was missed, and its changes say exactly what happened.
import type { Json } from '@nowcast/protocol'
import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { channelKey } from '../../foundation/channelKey.ts'
import { SimulatedClock } from '../../testing/simulatedClock.ts'
import { UnreliablePresence } from '../../testing/unreliablePresence.ts'
import { Entries } from './entries.ts'
import type { RosterChange } from './roster.ts'
import { Rosters } from './rosters.ts'

const KEY = channelKey('1', 'room')

let clock: SimulatedClock
let presence: UnreliablePresence
let rosters: Rosters

beforeEach(() => {
  clock = new SimulatedClock()
  presence = new UnreliablePresence()
  rosters = new Rosters(presence, clock)
})

/** A roster, and the members as its changes alone say them. */
function follow() {
  const heard = new Map<string, Json>()
  const wrong: RosterChange[] = []
  const roster = rosters.open(KEY, {
    changed(changes) {
      for (const change of changes) {
        const [before, after] = [JSON.stringify(change.before), JSON.stringify(change.after)]
        if (JSON.stringify(heard.get(change.user)) !== before || before === after) wrong.push(change)
        if (change.after === undefined) heard.delete(change.user)
        else heard.set(change.user, change.after)
      }
    },
  })
  return { roster, heard, wrong }
}

const sorted = (members: ReadonlyMap<string, Json>) => Object.fromEntries([...members].sort())

describe('a roster', () => {
  it.each(['before', 'after'] as const)(
    'joins the snapshot with what happens meanwhile: taken %s',
    async (taken) => {
      await presence.enter(KEY, 'ada', 1)
      await presence.enter(KEY, 'bob', 1)
      const held = presence.holdSnapshot(taken)
      const { roster, heard, wrong } = follow()
      await clock.advance(1)
      await presence.leave(KEY, 'ada')
      await presence.enter(KEY, 'cyd', 1)
      held.release()
      await roster.ready
      expect(sorted(roster.members)).toEqual({ bob: 1, cyd: 1 })
      expect(sorted(heard)).toEqual({ bob: 1, cyd: 1 })
      expect(wrong).toEqual([])
    },
  )

  it('is of no use when presence is out of reach, and another one can be opened later', async () => {
    presence.isUp = false
    const { roster } = follow()
    await expect(roster.ready).rejects.toMatchObject({ code: 'unavailable' })
    expect(rosters.size).toBe(0)
    presence.isUp = true
    await presence.enter(KEY, 'ada', 1)
    const second = follow()
    await second.roster.ready
    expect(sorted(second.roster.members)).toEqual({ ada: 1 })
  })

  it('tells the difference when changes were missed, as soon as it can be read', async () => {
    await presence.enter(KEY, 'ada', 1)
    const { roster, heard, wrong } = follow()
    await roster.ready
    presence.isDeaf = true
    await presence.leave(KEY, 'ada')
    await presence.enter(KEY, 'bob', 1)
    presence.isDeaf = false
    presence.isUp = false
    presence.move(KEY)
    await clock.advance(1_000)
    expect(sorted(roster.members)).toEqual({ ada: 1 })
    presence.isUp = true
    await clock.advance(5_000)
    expect(sorted(roster.members)).toEqual({ bob: 1 })
    expect(sorted(heard)).toEqual({ bob: 1 })
    expect(wrong).toEqual([])
  })

  it('is right after anything', async () => {
    const step = fc.oneof(
      fc.record({
        kind: fc.constant('enter' as const),
        user: fc.constantFrom('a', 'b', 'c'),
        info: fc.integer({ min: 0, max: 2 }),
      }),
      fc.record({ kind: fc.constant('leave' as const), user: fc.constantFrom('a', 'b', 'c') }),
      fc.record({ kind: fc.constantFrom('miss' as const, 'move' as const, 'down' as const) }),
      fc.record({
        kind: fc.constant('hold' as const),
        taken: fc.constantFrom('before' as const, 'after' as const),
      }),
      fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 0, max: 300 }) }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        clock = new SimulatedClock()
        presence = new UnreliablePresence()
        rosters = new Rosters(presence, clock)
        const { roster, heard, wrong } = follow()
        await roster.ready
        let held = { release() {} }
        for (const taken of steps) {
          if (taken.kind === 'enter') await presence.enter(KEY, taken.user, taken.info).catch(() => {})
          else if (taken.kind === 'leave') await presence.leave(KEY, taken.user)
          else if (taken.kind === 'miss') presence.isDeaf = true
          else if (taken.kind === 'down') presence.isUp = !presence.isUp
          else if (taken.kind === 'pass') await clock.advance(taken.ms)
          else if (taken.kind === 'hold') {
            held.release()
            held = presence.holdSnapshot(taken.taken)
          } else {
            presence.isDeaf = false
            presence.move(KEY)
          }
        }
        presence.isUp = true
        presence.isDeaf = false
        presence.move(KEY)
        held.release()
        await clock.advance(10_000)
        const truth = sorted(
          new Map((await presence.members(KEY)).members.map(({ user, info }) => [user, info])),
        )
        expect(sorted(roster.members)).toEqual(truth)
        expect(sorted(heard)).toEqual(truth)
        expect(wrong).toEqual([])
        rosters.stop()
      }),
      { numRuns: 300 },
    )
  })
})

describe('what a node enters', () => {
  const membersNow = async () =>
    sorted(new Map((await presence.members(KEY)).members.map(({ user, info }) => [user, info])))

  it('is repeated until it works, with what is meant by then', async () => {
    const entries = new Entries(presence, clock)
    presence.isUp = false
    entries.keep(KEY, 'ada', 'old')
    entries.keep(KEY, 'bob', 'here')
    entries.keep(KEY, 'gone', 'here')
    await clock.advance(1_000)
    entries.keep(KEY, 'ada', 'new')
    await entries.leave(KEY, 'gone')
    presence.isUp = true
    await clock.advance(10_000)
    expect(await membersNow()).toEqual({ ada: 'new', bob: 'here' })
    await entries.stop()
    expect(await membersNow()).toEqual({})
    entries.keep(KEY, 'late', 1)
    await expect(entries.enter(KEY, 'late', 1)).rejects.toMatchObject({ code: 'unavailable' })
    expect(await membersNow()).toEqual({})
  })

  it('stays as it was when entering was refused', async () => {
    const entries = new Entries(presence, clock)
    await entries.enter(KEY, 'ada', 'first')
    presence.isUp = false
    await expect(entries.enter(KEY, 'ada', 'second')).rejects.toMatchObject({ code: 'unavailable' })
    await expect(entries.enter(KEY, 'bob', 'first')).rejects.toMatchObject({ code: 'unavailable' })
    presence.isUp = true
    await clock.advance(60_000)
    expect(await membersNow()).toEqual({ ada: 'first' })
    await entries.stop()
    expect(await membersNow()).toEqual({})
  })
})

describe('several rosters of one channel', () => {
  it('follow it alike, each as long as it is open', async () => {
    const [first, second] = [follow(), follow()]
    await Promise.all([first.roster.ready, second.roster.ready])
    await presence.enter(KEY, 'ada', 1)
    rosters.close(first.roster)
    await clock.advance(1)
    await presence.enter(KEY, 'bob', 1)
    expect([first, second].map(({ heard }) => sorted(heard))).toEqual([{ ada: 1 }, { ada: 1, bob: 1 }])
    expect(rosters.size).toBe(1)
    rosters.close(second.roster)
    rosters.close(second.roster)
    await presence.enter(KEY, 'cyd', 1)
    expect(sorted(second.heard)).toEqual({ ada: 1, bob: 1 })
    expect(rosters.size).toBe(0)
  })
})
