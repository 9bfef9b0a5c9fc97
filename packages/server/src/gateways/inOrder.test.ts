// Whatever some have to wait for, everybody passes in the order of coming.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { InOrder } from './inOrder.ts'

it('needs no time while nobody waits', async () => {
  const order = new InOrder()
  expect(order.after(undefined)).toBeUndefined()
  await order.after(Promise.resolve())
  await order.after(Promise.reject(new Error('refused')))?.catch(() => {})
  await new Promise((resolve) => setImmediate(resolve))
  expect(order.after(undefined)).toBeUndefined()
})

it('lets pass in order, whichever condition comes true first, and tells each of its own failure', async () => {
  const command = fc.constantFrom('free', 'allowed', 'refused')
  await fc.assert(
    fc.asyncProperty(
      fc.array(command, { minLength: 1, maxLength: 12 }),
      fc.scheduler(),
      async (commands, scheduler) => {
        const order = new InOrder()
        const passed: number[] = []
        const outcomes = commands.map((kind, index) => {
          const counted = scheduler.schedule(Promise.resolve(), `${index}`).then(() => {
            if (kind === 'refused') throw new Error(`${index}`)
          })
          const pass = () => {
            passed.push(index)
          }
          const turn = order.after(kind === 'free' ? undefined : counted)
          if (kind === 'free') counted.catch(() => {})
          if (turn === undefined) return pass()
          return turn.then(pass, (error: Error) => {
            expect(error.message).toBe(`${index}`)
            expect(kind).toBe('refused')
            pass()
          })
        })
        await scheduler.waitAll()
        await Promise.all(outcomes)
        expect(passed).toEqual(commands.map((_, index) => index))
      },
    ),
  )
})
