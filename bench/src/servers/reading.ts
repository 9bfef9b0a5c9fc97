// Times how long it takes to learn who is there, one reading after another.
import { Latencies } from '../load/latencies.ts'
import type { Latency, ReadOptions } from '../processes/contracts.ts'
import { monotonicMicros } from '../wire/benchEvent.ts'

/** Reads as often as asked. @param read answers how many are there @throws Error when that is another number */
export async function timeReading(
  { times, members }: ReadOptions,
  read: () => Promise<number>,
): Promise<Latency> {
  const latencies = new Latencies()
  for (let time = 0; time < times; time += 1) {
    const startedAt = monotonicMicros()
    const found = await read()
    latencies.add(monotonicMicros() - startedAt)
    if (found !== members) throw new Error(`${found} are told to be there instead of ${members}`)
  }
  return latencies.summary()
}
