// The bench's results: one report as JSON, and the tables that people read.
import { clusterTables } from './clusterTables.ts'
import type { Machine } from './machine.ts'
import type { BroadcastReport } from './parts/broadcast.ts'
import type { ClusterReport } from './parts/cluster/cluster.ts'
import type { IdleCost, IdleReport } from './parts/idle.ts'
import type { PeopleReport } from './parts/people/people.ts'
import type { PusherReport } from './parts/pusher.ts'
import type { ReconnectReport } from './parts/reconnect.ts'
import type { SendsReport } from './parts/sends.ts'
import type { TriggersReport } from './parts/triggers.ts'
import { peopleTables } from './peopleTables.ts'
import type { Workload } from './processes/contracts.ts'
import { pusherTables } from './pusherTables.ts'
import { exact, percent, titled, whole } from './tables.ts'

/** Everything that a run measured. */
export interface Report {
  readonly date: string
  readonly machine: Machine
  broadcast?: BroadcastReport
  idle?: IdleReport
  sends?: SendsReport
  triggers?: TriggersReport
  reconnect?: ReconnectReport
  cluster?: ClusterReport
  people?: PeopleReport
  pusher?: PusherReport
  /** Parts that failed, and why. */
  readonly failures: Record<string, string>
}

/** What Nowcast wants to reach: CPU per delivery relative to a peer, at most, by workload. */
const REACH: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  floor: { 100: 1.2, 500: 1.2 },
  ws: { 500: 0.45 },
  'socket.io': { 500: 0.25 },
}

/** Above this share of a core a contestant has no time left: what it coalesces, it coalesces for lack of time. */
const SATURATED = 0.9

const SATURATION_NOTE =
  '* saturated: one that coalesces then uses all of its core whatever a delivery costs it, and shows the cost as latency.'

const KIB = 1_024
const MIB = 1_048_576
const nameOf = ({ rate, burst }: Workload) => (burst === 1 ? String(rate) : `${rate}, ${burst} at a time`)

/** The report as tables. */
export function toTables(report: Report): string {
  const { machine } = report
  const head = `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.platform}, Node ${machine.node}, load ${machine.loadAverage}`
  return [
    head,
    ...(report.broadcast === undefined ? [] : broadcastTables(report.broadcast)),
    ...(report.idle === undefined ? [] : [idleTable(report.idle)]),
    ...(report.sends === undefined ? [] : [sendsTable(report.sends)]),
    ...(report.triggers === undefined ? [] : [triggersTable(report.triggers)]),
    ...(report.reconnect === undefined ? [] : [reconnectTable(report.reconnect)]),
    ...(report.cluster === undefined ? [] : clusterTables(report.cluster)),
    ...(report.people === undefined ? [] : peopleTables(report.people)),
    ...(report.pusher === undefined ? [] : pusherTables(report.pusher)),
    ...Object.entries(report.failures).map(([part, reason]) => `${part} FAILED: ${reason}`),
  ].join('\n\n')
}

function broadcastTables({ subscribers, seconds, results, ratios }: BroadcastReport): string[] {
  const rounds = results[0]?.rounds.length ?? 0
  const rows = results.map(({ contestant, workload, median }) => [
    contestant,
    nameOf(workload),
    exact(median.achievedPerSecond),
    whole(median.achievedPerSecond * subscribers),
    exact(median.cpuMicrosPerDelivery),
    `${percent(median.serverCpuShare)}${median.serverCpuShare > SATURATED ? ' *' : ''}`,
    exact(median.p50Ms),
    exact(median.p99Ms),
    whole(median.rssMiB),
    percent(median.loadCpuShare),
  ])
  const head = [
    'broadcast',
    'offered/s',
    'achieved/s',
    'deliveries/s',
    'CPU µs/delivery',
    'CPU',
    'p50 ms',
    'p99 ms',
    'RSS MiB',
    'load CPU',
  ]
  const title = `Broadcast: ${whole(subscribers)} subscribers, 100-byte payload, median of ${rounds} × ${seconds} s`
  const tables = [`${titled(title, head, rows)}\n${SATURATION_NOTE}`]
  if (ratios.length > 0) {
    const ratioRows = ratios.map(({ workload, versus, median, rounds: each }) => {
      const reach = REACH[versus]?.[nameOf(workload)]
      const verdict = reach === undefined ? '' : `${median <= reach ? 'yes' : 'NO'} (${reach})`
      return [`Nowcast / ${versus}`, nameOf(workload), exact(median), each.map(exact).join(' '), verdict]
    })
    tables.push(
      titled('CPU per delivery, relative', ['ratio', 'events/s', 'median', 'by round', 'reached'], ratioRows),
    )
  }
  return tables
}

function idleTable({ connections, results }: IdleReport): string {
  const row = (name: string, cost: IdleCost) => [
    name,
    (cost.emptyRssBytes / MIB).toFixed(1),
    (cost.fullRssBytes / MIB).toFixed(1),
    (cost.rssBytes / KIB).toFixed(1),
    (cost.heapBytes / KIB).toFixed(1),
  ]
  return titled(
    `Idle: memory of the server's process with ${whole(connections)} connections (reach: 12 kB resident each)`,
    ['idle', 'RSS empty MiB', 'RSS full MiB', 'RSS each KiB', 'heap each KiB'],
    results.flatMap(({ contestant, connected, subscribed }) => [
      row(`${contestant}, connected`, connected),
      row(`${contestant}, subscribed`, subscribed),
    ]),
  )
}

function sendsTable({ conversations, results }: SendsReport): string {
  return titled(
    `Durable sends over ${conversations} conversations (reach: 15,000 sends/s; p50 under 5 ms at 1,000 sends/s)`,
    ['sends', 'senders', 'sends/s', 'p50 ms', 'p99 ms', 'max ms', 'refused'],
    results.map(({ name, senders, sent }) => [
      name,
      senders,
      whole(sent.perSecond),
      exact(sent.latency.p50),
      exact(sent.latency.p99),
      exact(sent.latency.max),
      sent.refused,
    ]),
  )
}

function triggersTable({ channels, results }: TriggersReport): string {
  return titled(
    `Triggers over Pusher's HTTP API, to ${channels} channels (reach, on one core: 5,000 events/s, 30,000 in batches of 10)`,
    ['triggers', 'requests/s', 'events/s', 'p50 ms', 'p99 ms', 'CPU', 'CPU µs/request', 'load CPU'],
    results.map(({ name, triggered, cpuShare, cpuMicrosPerRequest, loadCpuShare }) => [
      name,
      whole(triggered.requestsPerSecond),
      whole(triggered.eventsPerSecond),
      exact(triggered.latency.p50),
      exact(triggered.latency.p99),
      percent(cpuShare),
      whole(cpuMicrosPerRequest),
      percent(loadCpuShare),
    ]),
  )
}

function reconnectTable({ connections, missed, results }: ReconnectReport): string {
  return titled(
    `Reconnect: ${whole(connections)} clients at once, each recovers ${missed} missed events`,
    ['reconnect', 'until half ms', 'until the last ms', 'server CPU ms', 'load CPU ms'],
    results.map(({ channels, recovered, serverCpuMs }) => [
      `${channels} channel${channels === 1 ? '' : 's'}`,
      whole(recovered.p50Ms),
      whole(recovered.lastMs),
      whole(serverCpuMs),
      whole(recovered.cpuMicros / 1e3),
    ]),
  )
}
