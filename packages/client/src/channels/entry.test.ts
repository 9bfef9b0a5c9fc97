import type { Publication } from '@nowcast/protocol'
import { expect, it } from 'vitest'
import { ChannelEntry, type ChannelGap } from './entry.ts'

const event = (id: string, offset: number): Publication => ({
  id,
  version: 1,
  channel: 'news',
  name: 'n',
  data: null,
  timestamp: 0,
  offset,
})

it('takes nothing of an epoch that ended before the reply for the epoch of the reply', () => {
  const entry = new ChannelEntry('news', [])
  const ids: string[] = []
  const gaps: ChannelGap[] = []
  entry.listeners.add({ event: ({ id }) => ids.push(id), gap: (gap) => gaps.push(gap) })
  entry.position = { epoch: 'one', offset: 1 }
  entry.show('subscribing')
  const began: ChannelGap = { reason: 'epoch-changed', position: { epoch: 'two', offset: 0 } }
  for (const arrival of [{ event: event('old', 2) }, { gap: began }, { event: event('new', 1) }]) {
    entry.accept(arrival)
  }
  entry.skip({ reason: 'epoch-changed', position: { epoch: 'two', offset: 1 } })
  entry.show('subscribed')
  expect(entry.acceptEarly()).toBe(true)
  expect(entry.deliver(event('next', 2))).toBe(true)
  expect(ids).toEqual(['next'])
  expect(gaps).toHaveLength(1)
})
