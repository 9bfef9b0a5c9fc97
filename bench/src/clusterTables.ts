// The tables of the cluster part.
import type { ClusterFigure, ClusterReport, ClusterResult } from './parts/cluster/cluster.ts'
import { DELIVERIES_RATE } from './parts/cluster/deliveries.ts'
import { HOP_RATE } from './parts/cluster/hop.ts'
import { MISSED } from './parts/cluster/storm.ts'
import { presenceTables } from './presenceTables.ts'
import { exact, percent, titled, whole } from './tables.ts'

/** What Nowcast wants to reach, at most. */
const REACH = { hopP99Ms: 5, deliveriesP99Ms: 50, stormMs: 5_000 } as const

/** What Nowcast wants to reach relative to Socket.IO, at most. */
const RATIO_REACH: Readonly<Partial<Record<ClusterFigure, number>>> = { 'CPU per delivery, with Redis': 0.5 }

/** What counts as all of the deliveries per second: the last ones arrive after the window. */
const ACHIEVED = 0.98

/** The part's tables. */
export function clusterTables(report: ClusterReport): string[] {
  return [
    throughputTable(report),
    hopTable(report),
    deliveriesTable(report),
    stormTable(report),
    ...(report.ratios.length === 0 ? [] : [ratioTable(report)]),
    ...presenceTables(report.presence),
  ]
}

const verdict = (reached: boolean): string => (reached ? 'yes' : 'NO')
const judged = ({ contestant }: ClusterResult, reached: boolean): string =>
  contestant === 'nowcast' ? verdict(reached) : ''

function throughputTable({ results, seconds }: ClusterReport): string {
  const rounds = results[0]?.rounds.length ?? 0
  return titled(
    `Cluster: 3 nodes on one Redis, median of ${rounds} × ${seconds} s. Publications of one node that reach the two others`,
    ['publications', 'channels', 'per s', 'publisher µs each', 'receiver µs each', 'Redis µs each'],
    results.flatMap(({ contestant, median }) =>
      [
        { channels: 1, sample: median.oneChannel },
        { channels: 100, sample: median.manyChannels },
      ].map(({ channels, sample }) => [
        contestant,
        channels,
        whole(sample.perSecond),
        exact(sample.publisherMicros),
        exact(sample.receiverMicros),
        exact(sample.redisMicros),
      ]),
    ),
  )
}

function hopTable({ results }: ClusterReport): string {
  return titled(
    `Cluster: the hop at ${whole(HOP_RATE)} publications/s (reach: p99 on other nodes under ${REACH.hopP99Ms} ms)`,
    [
      'hop',
      'same node p50 ms',
      'p99',
      'other nodes p50 ms',
      'p99',
      'added p50',
      'p99',
      'publisher µs each',
      'receiver µs each',
      'Redis µs each',
      'reached',
    ],
    results.map((result) => {
      const { hop } = result.median
      return [
        result.contestant,
        exact(hop.sameNodeP50Ms),
        exact(hop.sameNodeP99Ms),
        exact(hop.otherNodeP50Ms),
        exact(hop.otherNodeP99Ms),
        exact(hop.otherNodeP50Ms - hop.sameNodeP50Ms),
        exact(hop.otherNodeP99Ms - hop.sameNodeP99Ms),
        exact(hop.publisherMicros),
        exact(hop.receiverMicros),
        exact(hop.redisMicros),
        judged(result, hop.otherNodeP99Ms < REACH.hopP99Ms),
      ]
    }),
  )
}

function deliveriesTable({ results, subscribers }: ClusterReport): string {
  const offered = DELIVERIES_RATE * subscribers
  return titled(
    `Cluster: ${whole(subscribers)} subscribers, ${DELIVERIES_RATE} events/s (reach: ${whole(offered)} deliveries/s, p99 under ${REACH.deliveriesP99Ms} ms)`,
    [
      'deliveries',
      'per s',
      'p50 ms',
      'p99 ms',
      'CPU µs/delivery',
      'of it Redis',
      'CPU of the nodes',
      'load CPU',
      'reached',
    ],
    results.map((result) => {
      const { deliveries } = result.median
      const reached = deliveries.perSecond >= offered * ACHIEVED && deliveries.p99Ms < REACH.deliveriesP99Ms
      return [
        result.contestant,
        whole(deliveries.perSecond),
        exact(deliveries.p50Ms),
        exact(deliveries.p99Ms),
        exact(deliveries.cpuMicros),
        exact(deliveries.redisMicros),
        percent(deliveries.nodesCpuShare),
        percent(deliveries.loadCpuShare),
        judged(result, reached),
      ]
    }),
  )
}

function stormTable({ results, clients }: ClusterReport): string {
  return titled(
    `Cluster: a node dies, its ${whole(clients)} clients move to the others (reach: ${MISSED} missed events recovered within ${REACH.stormMs / 1e3} s)`,
    [
      'storm',
      'events recovered',
      'until half ms',
      'until the last ms',
      'since the death ms',
      'CPU of the nodes ms',
      'reached',
    ],
    results.map((result) => {
      const { storm } = result.median
      return [
        result.contestant,
        whole(storm.recovered),
        whole(storm.halfMs),
        whole(storm.lastMs),
        whole(storm.sinceDeathMs),
        whole(storm.nodesCpuMs),
        judged(result, storm.recovered === MISSED && storm.sinceDeathMs <= REACH.stormMs),
      ]
    }),
  )
}

function ratioTable({ ratios }: ClusterReport): string {
  return titled(
    'Cluster, relative',
    ['Nowcast / ', 'figure', 'median', 'by round', 'reached'],
    ratios.map(({ figure, versus, median, rounds }) => {
      const reach = RATIO_REACH[figure]
      return [
        versus,
        figure,
        exact(median),
        rounds.map(exact).join(' '),
        reach === undefined ? '' : `${verdict(median <= reach)} (${reach})`,
      ]
    }),
  )
}
