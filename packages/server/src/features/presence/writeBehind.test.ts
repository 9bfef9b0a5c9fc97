// Small facts reach the database together, also when it was away for a while.
import { expect, it } from 'vitest'
import { createLogger } from '../../foundation/log.ts'
import { SimulatedClock } from '../../testing/simulatedClock.ts'
import { WriteBehind } from './writeBehind.ts'

function setUp() {
  const clock = new SimulatedClock()
  const statements: string[][] = []
  const database = { isUp: true }
  const facts = new WriteBehind<string>({
    clock,
    log: createLogger('silent'),
    delayMs: 1_000,
    what: 'facts',
    write: async (some) => {
      if (!database.isUp) throw new Error('The database is out of reach.')
      statements.push([...some])
    },
  })
  return { clock, statements, database, facts }
}

it('writes the newest of each kind, all in one statement', async () => {
  const { clock, statements, facts } = setUp()
  facts.put('ada', 'ada 1')
  facts.put('bob', 'bob 1')
  facts.put('ada', 'ada 2')
  await clock.advance(900)
  expect(statements).toEqual([])
  await clock.advance(200)
  expect(statements).toEqual([['ada 2', 'bob 1']])
  await clock.advance(60_000)
  expect(statements).toHaveLength(1)
})

it('writes many in several statements', async () => {
  const { clock, statements, facts } = setUp()
  for (let index = 0; index < 2_500; index += 1) facts.put(`user-${index}`, `${index}`)
  await clock.advance(1_000)
  expect(statements.map(({ length }) => length)).toEqual([1_000, 1_000, 500])
})

it('keeps what could not be written, unless something newer has come', async () => {
  const { clock, statements, database, facts } = setUp()
  database.isUp = false
  facts.put('ada', 'ada 1')
  facts.put('bob', 'bob 1')
  await clock.advance(5_000)
  facts.put('ada', 'ada 2')
  database.isUp = true
  await clock.advance(60_000)
  expect(statements.flat().sort()).toEqual(['ada 2', 'bob 1'])
})

it('is bounded while the database is away', async () => {
  const { clock, statements, database, facts } = setUp()
  database.isUp = false
  for (let index = 0; index < 60_000; index += 1) facts.put(`user-${index}`, `${index}`)
  await clock.advance(1_000)
  database.isUp = true
  for (let second = 0; second < 60; second += 1) await clock.advance(1_000)
  expect(statements.flat()).toHaveLength(50_000)
})

it('writes what waits when it stops, and nothing after that', async () => {
  const { clock, statements, facts } = setUp()
  facts.put('ada', 'ada 1')
  await facts.stop()
  expect(statements).toEqual([['ada 1']])
  facts.put('bob', 'bob 1')
  await clock.advance(60_000)
  expect(statements).toHaveLength(1)
})
