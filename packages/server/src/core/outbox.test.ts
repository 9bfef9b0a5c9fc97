// One write per connection and turn, shared memory for shared batches, and bounds for slow readers.
import { describe, expect, it } from 'vitest'
import { RecordingClient } from '../testing/recordingClient.ts'
import { SimulatedClock } from '../testing/simulatedClock.ts'
import { Batch } from './batch.ts'
import { Flusher } from './outbox.ts'

const frame = (text: string) => new TextEncoder().encode(text)

describe('an outbox', () => {
  it('sends everything of one turn in one write', async () => {
    const clock = new SimulatedClock()
    const { connection, writes } = new RecordingClient(clock)
    for (const text of ['a', 'b', 'c']) connection.outbox.push(frame(text))
    expect(writes).toEqual([])
    await clock.advance(0)
    expect(writes).toEqual(['abc'])
    connection.outbox.push(frame('d'))
    await clock.advance(0)
    expect(writes).toEqual(['abc', 'd'])
  })

  it('waits for the whole window when there is one, and not when flushed', async () => {
    const clock = new SimulatedClock()
    const { connection, writes } = new RecordingClient(clock, { flusher: new Flusher(clock, 40) })
    connection.outbox.push(frame('a'))
    await clock.advance(30)
    connection.outbox.push(frame('b'))
    expect(writes).toEqual([])
    await clock.advance(10)
    expect(writes).toEqual(['ab'])
    connection.outbox.push(frame('urgent'))
    connection.outbox.flush()
    expect(writes).toEqual(['ab', 'urgent'])
  })

  it('closes a reader that is too far behind, and sends it nothing more', async () => {
    const clock = new SimulatedClock()
    const client = new RecordingClient(clock, { maxBytes: 100 })
    client.hold()
    for (let index = 0; index < 50; index += 1) {
      client.connection.outbox.push(new Uint8Array(10))
      await clock.advance(0)
    }
    expect(client.closedWith).toBe('slow_reader')
    expect(client.writes.length).toBe(11)
  })

  it('keeps only the newest of a topic for a slow reader', async () => {
    const clock = new SimulatedClock()
    const client = new RecordingClient(clock)
    client.hold()
    client.connection.outbox.push(frame('first '))
    await clock.advance(0)
    for (const price of [1, 2, 3]) client.connection.outbox.pushLatest('ticker', frame(`price ${price} `))
    client.connection.outbox.pushLatest('weather', frame('sun '))
    await clock.advance(0)
    expect(client.writes).toEqual(['first '])
    client.release()
    await clock.advance(0)
    expect(client.writes).toEqual(['first ', 'price 3 sun '])
  })

  it('never sends an older frame of a topic after a newer one', async () => {
    const clock = new SimulatedClock()
    const client = new RecordingClient(clock)
    client.hold()
    client.connection.outbox.push(frame('first '))
    await clock.advance(0)
    client.connection.outbox.pushLatest('ticker', frame('price 1 '))
    client.takeAll()
    client.connection.outbox.pushLatest('ticker', frame('price 2 '))
    client.release()
    await clock.advance(0)
    expect(client.writes).toEqual(['first ', 'price 2 '])
  })

  it('does not close a reader because much was superseded while it was slow', async () => {
    const clock = new SimulatedClock()
    const client = new RecordingClient(clock, { maxBytes: 100 })
    client.hold()
    client.connection.outbox.push(new Uint8Array(50))
    await clock.advance(0)
    for (let topic = 0; topic < 50; topic += 1) {
      client.connection.outbox.pushLatest(`topic ${topic}`, frame(`newest of ${topic} `))
    }
    for (let round = 0; round < 50; round += 1) {
      client.release()
      client.hold()
      await clock.advance(0)
    }
    expect(client.closedWith).toBeUndefined()
    expect(client.writes.join('')).toContain('newest of 49 ')
  })
})

describe('batches', () => {
  it('are the same memory for connections that wait for the same frames', () => {
    const empty = Batch.empty()
    const [one, two] = [frame('one'), frame('two')]
    const first = empty.with(one)
    const second = empty.with(one)
    expect(second).toBe(first)
    expect(second.with(two).bytes()).toBe(first.with(two).bytes())
    expect(Buffer.from(first.with(two).bytes()).toString()).toBe('onetwo')
    expect(Buffer.from(empty.with(two).with(one).bytes()).toString()).toBe('twoone')
  })
})
