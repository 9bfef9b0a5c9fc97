// What every measurement of presence does with the engines: lets users come and go, awaits them, adds up CPU time.
import type { PresenceProcess } from '../../../processes/contracts.ts'
import type { PresenceStage } from '../../../processes/presenceStage.ts'
import type { Remote } from '../../../processes/remote.ts'

/** Members in all. */
export const MEMBERS = 1_000
/** Limit of each call to an engine. */
export const CALL_MS = 60_000

/** CPU time in microseconds. */
interface PresenceCosts {
  /** All nodes. */
  readonly nodes: number
  readonly redis: number
}

/** Runs `act`. @returns what it came to, and what it cost */
export async function presenceCostOf<R>(
  { nodes, redis }: PresenceStage,
  act: () => Promise<R>,
): Promise<{ readonly result: R; readonly costs: PresenceCosts }> {
  const read = async (): Promise<PresenceCosts> => {
    const each = await Promise.all(nodes.map((node) => node.call('cpuMicros', CALL_MS)))
    return {
      nodes: each.reduce((sum, micros) => sum + micros, 0),
      redis: await redis.call('cpuMicros', CALL_MS),
    }
  }
  const before = await read()
  const result = await act()
  const after = await read()
  return { result, costs: { nodes: after.nodes - before.nodes, redis: after.redis - before.redis } }
}

/** Lets all members enter or leave at once, each node its share. @returns when the first did, on the monotonic clock */
export async function everybody({ nodes }: PresenceStage, act: 'enter' | 'leave'): Promise<number> {
  const bound = (index: number) => Math.ceil((index * MEMBERS) / nodes.length)
  const done = await Promise.all(
    nodes.map((node, index) =>
      node.call(act, CALL_MS, { from: bound(index), count: bound(index + 1) - bound(index) }),
    ),
  )
  return Math.min(...done.map(({ startedMicros }) => startedMicros))
}

/** Awaits that each of `nodes` sees `count` members. @returns when the last did, on the monotonic clock */
export async function allReach(nodes: readonly Remote<PresenceProcess>[], count: number): Promise<number> {
  const reached = await Promise.all(nodes.map((node) => node.call('reached', CALL_MS, { count })))
  return Math.max(...reached.map(({ atMicros }) => atMicros))
}
