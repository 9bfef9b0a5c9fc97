// What a node does about commits that it may have missed.
import { NowcastError, type Position } from '@nowcast/protocol'
import { expect, it } from 'vitest'
import { MemoryEngine } from '../../engine/memory/memoryEngine.ts'
import { channelKey } from '../../foundation/channelKey.ts'
import { createLogger } from '../../foundation/log.ts'
import { plainHub } from '../../testing/plainHub.ts'
import { RecordingClient } from '../../testing/recordingClient.ts'
import { SimulatedClock } from '../../testing/simulatedClock.ts'
import { Announcements } from './announcements.ts'

/** Announcements of a node with one live conversation, over a database that is out of reach. */
async function build() {
  const clock = new SimulatedClock()
  const engine = new MemoryEngine(clock, () => 'epoch')
  const hub = plainHub(engine, clock, true)
  const client = new RecordingClient(clock)
  hub.connect(client.connection)
  await hub.subscribe(client.connection, channelKey('1', 'conversation-a'), undefined)
  let asked = 0
  const positions = async (): Promise<ReadonlyMap<string, Position>> => {
    asked += 1
    throw new NowcastError('unavailable', 'The database is out of reach.')
  }
  const announcements = new Announcements(engine, hub, { positions }, clock, createLogger('silent'))
  return { clock, announcements, asked: () => asked }
}

it('compares places until the database answers', async () => {
  const { clock, announcements, asked } = await build()
  announcements.resynchronize()
  await clock.advance(1_200)
  expect(asked()).toBe(3)
})

it('compares nothing any more once it was stopped, even when a comparison was under way', async () => {
  const { clock, announcements, asked } = await build()
  announcements.resynchronize()
  announcements.stop()
  await clock.advance(5_000)
  expect(asked()).toBe(1)
})
