// Generates events at a rate inside a contestant's process. What is due follows from the time elapsed, so the offered
// rate holds whatever the timers do, and a contestant that falls behind is seen to.
import type { RunResult, Workload } from '../processes/contracts.ts'
import { monotonicMicros } from '../wire/benchEvent.ts'

/** Events that one turn of the event loop publishes at most; the rest stays due. */
const MAX_PER_TURN = 50

/**
 * Publishes as the workload says, for `seconds`.
 * @param publish publishes one event; told when it was due, in microseconds of the monotonic clock
 */
export function tick(
  { rate, burst, seconds }: Workload & { readonly seconds: number },
  publish: (dueMicros: number) => void,
): Promise<RunResult> {
  const startedAt = monotonicMicros()
  const durationMicros = seconds * 1e6
  const intervalMicros = (1e6 * burst) / rate
  const dueAt = (index: number) => startedAt + (Math.floor(index / burst) + 1) * intervalMicros
  let published = 0
  return new Promise((resolve) => {
    const turn = () => {
      const elapsed = Math.min(monotonicMicros() - startedAt, durationMicros)
      const due = Math.floor((elapsed * rate) / burst / 1e6) * burst
      const until = Math.min(due, published + MAX_PER_TURN)
      for (; published < until; published += 1) publish(dueAt(published))
      if (elapsed >= durationMicros) {
        resolve({ due, published })
        return
      }
      const waitMicros = dueAt(published) - monotonicMicros()
      setTimeout(turn, Math.max(1, Math.ceil(waitMicros / 1e3)))
    }
    turn()
  })
}
