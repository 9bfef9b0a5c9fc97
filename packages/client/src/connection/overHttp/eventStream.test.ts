// Server-sent events, however the stream is cut into pieces.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { EventStream } from './eventStream.ts'

const STREAM = [
  'event: session\ndata: {"session":"a"}\n\n',
  ':\n\n',
  'data: {"n":1}\ndata: {"n":2}\n\n',
  'event: ping\r\ndata: {}\r\n\r\n',
  'id: 7\nretry: 5\ndata:no space\n\n',
  'event: lost without data\n\n',
  'data\n\n',
  'data: {"text":"a: b\u2028ř"}\n\n',
].join('')

const EVENTS = [
  { name: 'session', data: '{"session":"a"}' },
  { name: 'message', data: '{"n":1}\n{"n":2}' },
  { name: 'ping', data: '{}' },
  { name: 'message', data: 'no space' },
  { name: 'message', data: '' },
  { name: 'message', data: '{"text":"a: b\u2028ř"}' },
]

it('are the same however the stream is cut', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: STREAM.length })), (cuts) => {
      const places = [0, ...cuts.sort((one, other) => one - other), STREAM.length]
      const stream = new EventStream()
      const events = places.flatMap((place, index) => stream.push(STREAM.slice(place, places[index + 1])))
      expect(events).toEqual(EVENTS)
    }),
  )
})

it('that never end are given up', () => {
  const stream = new EventStream()
  const piece = 'x'.repeat(1_000_000)
  expect(() => {
    for (let index = 0; index < 20; index += 1) stream.push(piece)
  }).toThrow()
})
