// The times of a cursor's last moves tell when it came to a message.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { KEPT_MARKS } from '../../store/receiptStore.ts'
import { reachedAt } from './marks.ts'

it('knows what the kept moves say, and nothing of what came before them', () => {
  const moves = fc.array(fc.record({ by: fc.integer({ min: 1, max: 5 }), after: fc.nat(1_000) }), {
    maxLength: 3 * KEPT_MARKS,
  })
  fc.assert(
    fc.property(moves, (steps) => {
      const all: { readonly offset: number; readonly at: number }[] = []
      for (const { by, after } of steps) {
        const last = all.at(-1) ?? { offset: 0, at: 1 }
        all.push({ offset: last.offset + by, at: last.at + after })
      }
      const kept = all.slice(-KEPT_MARKS)
      const marks = kept.toReversed().flatMap(({ offset, at }) => [offset, at])
      const end = all.at(-1)?.offset ?? 0
      for (let offset = 1; offset <= end + 1; offset += 1) {
        const came = all.find((move) => move.offset >= offset)
        const isCertain = all.length < KEPT_MARKS || (kept[0]?.offset ?? 0) < offset
        expect(reachedAt(marks, offset)).toBe(isCertain ? came?.at : undefined)
      }
    }),
  )
})
