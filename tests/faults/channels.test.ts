// The examination itself: it finds what is broken, and nothing where nothing is.
import { describe, expect, it } from 'vitest'
import type { Heard } from './channelLog.ts'
import { type ChannelStory, examineChannel, type Told } from './channels.ts'
import type { Acknowledged } from './publisher.ts'

const place = (at: string) => {
  const [epoch = '', offset] = at.split('@')
  return { epoch, offset: Number(offset) }
}
const event = (at: string, id: string): Heard => ({ kind: 'event', at: place(at), id })
const gap = (from: string, at: string, reason: 'expired' | 'epoch-changed' = 'expired'): Heard => ({
  kind: 'gap',
  from: place(from),
  at: place(at),
  reason,
})
const told = (subscriber: string, ...heard: Heard[]): Told => ({
  subscriber,
  channel: 'news',
  begin: place('a@0'),
  heard,
  broken: [],
})
const acknowledged = (at: string, id: string): Acknowledged => ({
  publisher: 'eve',
  channel: 'news',
  id,
  result: { position: place(at), timestamp: 0, duplicate: false },
})
const examine = (story: Partial<ChannelStory>) =>
  examineChannel({
    channel: 'news',
    promised: { kept: true },
    logs: [],
    acknowledged: [],
    emptied: 0,
    ...story,
  })

describe('what was promised of channels', () => {
  it('is kept when all hear the same, and a gap covers what was missed', () => {
    const logs = [
      told(
        'ada',
        event('a@1', 'x'),
        event('a@2', 'y'),
        gap('a@2', 'b@1', 'epoch-changed'),
        event('b@2', 'x'),
      ),
      told('bob', event('a@1', 'x'), gap('a@1', 'b@2', 'epoch-changed')),
    ]
    const events = [acknowledged('a@1', 'x'), acknowledged('a@2', 'y'), acknowledged('b@1', 'z')]
    expect(examine({ logs, acknowledged: events, emptied: 1 })).toEqual([])
  })

  it.each<[string, Partial<ChannelStory>, RegExp]>([
    [
      'two events at one place',
      { logs: [told('ada', event('a@1', 'x')), told('bob', event('a@1', 'y'))] },
      /a@1 is y/,
    ],
    [
      'an acknowledgement that names another place',
      { logs: [told('ada', event('a@1', 'x'))], acknowledged: [acknowledged('a@1', 'y')] },
      /a@1 is y to eve/,
    ],
    ['an event twice', { logs: [told('ada', event('a@1', 'x'), event('a@2', 'x'))] }, /x at a@1 and a@2/],
    [
      'an acknowledged event that nobody heard',
      { logs: [told('ada')], acknowledged: [acknowledged('a@1', 'x')] },
      /never received a@1/,
    ],
    [
      'one behind a gap that does not reach it',
      {
        promised: { kept: false },
        logs: [told('ada', gap('a@1', 'a@3'))],
        acknowledged: [acknowledged('a@4', 'x')],
      },
      /never received a@4/,
    ],
    ['a gap where all is kept', { logs: [told('ada', gap('a@1', 'a@3'))] }, /without a cause: a@1 to a@3/],
    [
      'a gap in which nothing was missed',
      { promised: { kept: false }, logs: [told('ada', gap('a@3', 'a@3'))] },
      /without a cause/,
    ],
    [
      'an epoch that began by itself',
      { logs: [told('ada', gap('a@1', 'b@0', 'epoch-changed'))] },
      /began anew 1 times/,
    ],
  ])('is broken by %s', (_what, story, expected) => {
    expect(examine(story)).toEqual([expect.stringMatching(expected)])
  })
})
