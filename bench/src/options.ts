// What the command line asks for, and the defaults.
import { parseArgs } from 'node:util'
import type { Workload } from './processes/contracts.ts'

/** The parts of the bench. */
const partNames = [
  'broadcast',
  'idle',
  'sends',
  'triggers',
  'reconnect',
  'cluster',
  'people',
  'pusher',
] as const

/** A part of the bench. */
export type PartName = (typeof partNames)[number]

/** What to run. */
export interface Options {
  readonly parts: readonly PartName[]
  readonly subscribers: number
  readonly workloads: readonly Workload[]
  /** Length of each measured window. */
  readonly seconds: number
  readonly rounds: number
  /** Small and short, to see that everything runs. */
  readonly quick: boolean
  /** Connections of the idle and reconnect parts. */
  readonly connections: number
  /** Take a CPU profile of Nowcast's process. */
  readonly profile: boolean
  /** Leave Nowcast out. */
  readonly peersOnly: boolean
}

// The first two are the workloads of interest. The others are controls that leave every contestant that coalesces
// idle time, so that the cost itself is seen: of single deliveries, and of coalesced ones.
const DEFAULT_RATES = '100,500,20,500x10'

/** Explains the flags. */
export const usage = `npm run bench -- [flags]
  --only <parts>        of broadcast, idle, sends, triggers, reconnect, cluster, people,
                        pusher (default: all)
  --quick               short windows and one round: to see that it runs, not to compare
  --subscribers <n>     of the broadcast (default: 1000)
  --rates <list>        events per second of the broadcast, 500x10 for bursts of ten (default: 100,500,20,500x10)
  --seconds <n>         length of each measured window (default: 5)
  --rounds <n>          rounds of broadcast, idle, cluster, people and pusher (default: 3)
  --connections <n>     of idle and reconnect (default: 5000)
  --peers-only          leave Nowcast out
  --profile             write CPU profiles of Nowcast's process to bench/results/profiles
`

/**
 * Reads the command line.
 * @throws Error naming the flag that is wrong
 */
export function readOptions(args: readonly string[]): Options | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string' },
      quick: { type: 'boolean', default: false },
      subscribers: { type: 'string' },
      rates: { type: 'string' },
      seconds: { type: 'string' },
      rounds: { type: 'string' },
      connections: { type: 'string' },
      profile: { type: 'boolean', default: false },
      'peers-only': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return 'help'
  const { quick } = values
  return {
    parts: values.only === undefined ? partNames : values.only.split(',').map(toPart),
    subscribers: positive('subscribers', values.subscribers, 1_000),
    workloads: (values.rates ?? DEFAULT_RATES).split(',').map(toWorkload),
    seconds: positive('seconds', values.seconds, quick ? 2 : 5),
    rounds: positive('rounds', values.rounds, quick ? 1 : 3),
    connections: positive('connections', values.connections, quick ? 1_000 : 5_000),
    quick,
    profile: values.profile,
    peersOnly: values['peers-only'],
  }
}

function toPart(name: string): PartName {
  const part = partNames.find((known) => known === name)
  if (part === undefined) throw new Error(`--only knows ${partNames.join(', ')}; not "${name}"`)
  return part
}

function toWorkload(text: string): Workload {
  const [rate, burst] = text.split('x')
  return { rate: positive('rates', rate, 0), burst: positive('rates', burst, 1) }
}

function positive(flag: string, value: string | undefined, standard: number): number {
  const number = value === undefined ? standard : Number(value)
  if (!Number.isInteger(number) || number < 1) throw new Error(`--${flag} must be a whole number above 0`)
  return number
}
