// The tables of presence in the cluster part.
import type { PresenceReport, PresenceResult } from './parts/cluster/presence/presence.ts'
import { exact, titled, whole } from './tables.ts'

/** The tables of presence. */
export function presenceTables(report: PresenceReport): string[] {
  const { nowcast } = report
  return [...(nowcast === undefined ? [] : [presenceTable(report, nowcast)]), readingTable(report)]
}

function presenceTable({ members, leaseMs, times }: PresenceReport, { median }: PresenceResult): string {
  const { entering, changes, death } = median
  return titled(
    `Cluster: presence of ${whole(members)} members over 3 nodes, at Nowcast's engine: all enter at once; one more enters and leaves ${times} times; a node dies (leases of ${leaseMs / 1e3} s)`,
    [
      'presence',
      'all seen by all ms',
      'Redis µs/enter',
      'nodes µs/enter',
      'change heard p50 ms',
      'p99',
      'Redis µs/change',
      'nodes µs/change',
      "dead node's members gone ms",
    ],
    [
      [
        'nowcast',
        exact(entering.allMs),
        exact(entering.redisMicros),
        exact(entering.nodesMicros),
        exact(changes.p50Ms),
        exact(changes.p99Ms),
        exact(changes.redisMicros),
        exact(changes.nodesMicros),
        whole(death.goneMs),
      ],
    ],
  )
}

function readingTable({ members, times, readings }: PresenceReport): string {
  return titled(
    `Cluster: who is there, ${whole(members)} over 3 nodes, read ${times} times. Socket.IO has no presence; nearest is fetchSockets() of the room`,
    ['read', 'by', 'p50 ms', 'p99 ms', 'CPU µs/read', 'of it Redis'],
    readings.map(({ contestant, median }) => [
      contestant,
      contestant === 'nowcast' ? 'engine: members()' : 'io.in(room).fetchSockets()',
      exact(median.p50Ms),
      exact(median.p99Ms),
      whole(median.cpuMicros),
      whole(median.redisMicros),
    ]),
  )
}
