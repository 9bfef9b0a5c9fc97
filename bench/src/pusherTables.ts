// What the part about Pusher's protocol measured, as tables.
import type { PusherReport, PusherScene } from './parts/pusher.ts'
import { exact, percent, titled, whole } from './tables.ts'

/** CPU per delivery relative to the native protocol, at most. */
const REACH = 1.05

/** The part's tables. */
export function pusherTables({ seconds, scenes }: PusherReport): string[] {
  return scenes.flatMap((scene) => [deliveries(scene, seconds), ratios(scene)])
}

function deliveries({ channels, connections, results }: PusherScene, seconds: number): string {
  const rounds = results[0]?.rounds.length ?? 0
  const listeners = connections / channels
  const where = channels === 1 ? '1 channel' : `${whole(channels)} channels`
  return titled(
    `Two protocols, one server: ${where} × ${whole(listeners)} subscribers, median of ${rounds} × ${seconds} s`,
    ['protocol', 'events/s', 'deliveries/s', 'CPU µs/delivery', 'CPU', 'p50 ms', 'p99 ms', 'bytes/event'],
    results.map(({ contestant, workload, median }) => [
      contestant,
      workload.rate,
      whole(median.achievedPerSecond * listeners),
      exact(median.cpuMicrosPerDelivery),
      percent(median.serverCpuShare),
      exact(median.p50Ms),
      exact(median.p99Ms),
      whole(median.bytesPerEvent),
    ]),
  )
}

const ratios = ({ ratios: all }: PusherScene): string =>
  titled(
    'CPU per delivery, Pusher’s protocol / native',
    ['events/s', 'median', 'by round', 'reached'],
    all.map(({ workload, median, rounds }) => [
      String(workload.rate),
      exact(median),
      rounds.map(exact).join(' '),
      `${median <= REACH ? 'yes' : 'NO'} (${REACH})`,
    ]),
  )
