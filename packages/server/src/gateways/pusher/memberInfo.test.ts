// What applications say of a member comes back as it was.
import type { Json, Member } from '@nowcast/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromUserInfo, toUserInfo } from './memberInfo.ts'

const member = (info: Json | undefined): Member => {
  const { profile, data } = fromUserInfo(info)
  return { id: 'ada', ...profile, ...(data === undefined ? {} : { data }) }
}

// JSON as it comes from the wire: without -0 and with own properties only.
const json = fc.jsonValue().map((value): Json => JSON.parse(JSON.stringify(value)))
const info = fc.oneof(
  json,
  fc
    .dictionary(fc.oneof(fc.constantFrom('name', 'avatar', 'data', '__proto__'), fc.string()), json)
    .map((value): Json => JSON.parse(JSON.stringify(value))),
)

describe('user_info', () => {
  it('comes back as it was, whatever it is', () => {
    fc.assert(
      fc.property(info, (value) => {
        expect(JSON.parse(JSON.stringify(toUserInfo(member(value))))).toEqual(value)
      }),
      { numRuns: 1_000 },
    )
  })

  it('gives all protocols the name and picture', () => {
    const { profile, data } = fromUserInfo({ name: 'Ada', avatar: '/ada.png', team: 1 })
    expect([profile, data]).toEqual([{ name: 'Ada', avatar: '/ada.png' }, { team: 1 }])
    expect(fromUserInfo({ name: 5, avatar: null })).toEqual({ profile: {}, data: { name: 5, avatar: null } })
    expect(fromUserInfo(undefined)).toEqual({ profile: {}, data: undefined })
  })

  it('is there for members of other protocols too', () => {
    expect(toUserInfo({ id: 'ada' })).toEqual({})
    expect(toUserInfo({ id: 'ada', name: 'Ada' })).toEqual({ name: 'Ada' })
    expect(toUserInfo({ id: 'ada', name: 'Ada', data: 'busy' })).toEqual({ name: 'Ada', data: 'busy' })
    expect(toUserInfo({ id: 'ada', name: 'Ada', data: { name: 'other', age: 3 } })).toEqual({
      name: 'Ada',
      age: 3,
    })
  })
})
