import fc from 'fast-check'
import { expect, it } from 'vitest'
import { SimulatedClock } from '../../../testing/simulatedClock.ts'
import { RequestOrder } from './requestOrder.ts'

function track() {
  const clock = new SimulatedClock()
  const order = new RequestOrder(clock)
  const served: number[] = []
  return { clock, order, served, accept: (number: number) => order.accept(number, () => served.push(number)) }
}

it('serves requests in order, however they overtake one another', () => {
  const course = fc.array(fc.nat({ max: 15 }), { minLength: 1, maxLength: 100 }).map((delays) =>
    delays
      .map((delay, index) => ({ number: index + 7, at: index + delay }))
      .sort((one, other) => one.at - other.at)
      .map(({ number }) => number),
  )
  fc.assert(
    fc.property(course, (numbers) => {
      const { accept, served } = track()
      accept(6)
      for (const number of numbers) accept(number)
      expect(served).toEqual([6, ...numbers.toSorted((one, other) => one - other)])
    }),
  )
})

it('gives up what does not come, and serves what comes too late at once', async () => {
  const { clock, accept, served } = track()
  for (const number of [1, 3, 4, 7]) accept(number)
  expect(served).toEqual([1])
  await clock.advance(999)
  expect(served).toEqual([1])
  await clock.advance(1)
  expect(served).toEqual([1, 3, 4])
  // Who shares its numbers with another connection waits less from now on.
  await clock.advance(99)
  expect(served).toEqual([1, 3, 4])
  await clock.advance(1)
  expect(served).toEqual([1, 3, 4, 7])
  accept(2)
  accept(8)
  expect(served).toEqual([1, 3, 4, 7, 2, 8])
})

it('lets only so many wait', () => {
  const { accept, served } = track()
  accept(0)
  for (let number = 2; number <= 33; number += 1) accept(number)
  expect(served).toEqual([0])
  accept(34)
  expect(served).toHaveLength(34)
})

it('serves what has no number at once', () => {
  const { order, accept, served } = track()
  order.accept(undefined, () => served.push(-1))
  accept(5)
  accept(7)
  order.accept(undefined, () => served.push(-2))
  expect(served).toEqual([-1, 5, -2])
})

it('serves nothing after its end', async () => {
  const { clock, order, accept, served } = track()
  accept(1)
  accept(3)
  order.stop()
  await clock.advance(5_000)
  expect(served).toEqual([1])
})
