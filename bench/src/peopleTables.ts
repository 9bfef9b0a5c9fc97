// The tables of the people part.
import type { PeopleReport } from './parts/people/people.ts'
import { median } from './statistics.ts'
import { exact, titled, whole } from './tables.ts'

const KIB = 1_024

/** The part's tables. */
export function peopleTables(report: PeopleReport): string[] {
  return [presenceTable(report), typingTable(report), receiptsTable(report)]
}

function presenceTable({ members, observers, joining, leaving }: PeopleReport): string {
  const told = members * (members / 2 + observers)
  const row = (name: string, { ms, frames, bytes, cpuMs }: PeopleReport['joining'], events: number) => [
    name,
    whole(ms),
    whole(events),
    whole(frames),
    whole(bytes / KIB),
    whole(cpuMs),
  ]
  return titled(
    `Presence: ${whole(members)} members of one channel, each watching the others, and ${observers} observers`,
    ['presence', 'ms', 'events if each were told', 'frames sent', 'KiB sent', 'server CPU ms'],
    [
      row('come one after another', joining, told),
      row('all leave at once (observers only)', leaving, members * observers),
    ],
  )
}

function typingTable({ typists, typing }: PeopleReport): string {
  const seconds = typing.ms / 1e3
  return titled(
    `Typing: ${typists} users in one channel, each typing half of the time`,
    ['typing', 'calls/s', 'frames sent/s', 'KiB sent/s', 'server CPU ms/s'],
    [
      [
        `${typists} users`,
        exact(typing.calls / seconds),
        whole(typing.frames / seconds),
        whole(typing.bytes / KIB / seconds),
        exact(typing.cpuMs / seconds),
      ],
    ],
  )
}

function receiptsTable({ conversations, membersEach, rate, talks }: PeopleReport): string {
  const row = (name: string, pick: 'without' | 'with') => {
    const of = (figure: (talk: PeopleReport['talks'][number]['with']) => number) =>
      median(talks.map((talk) => figure(talk[pick])))
    return [
      name,
      whole(of(({ sent }) => sent)),
      whole(of(({ receipts }) => receipts)),
      whole(of(({ frames }) => frames)),
      whole(of(({ cpuMs, sent }) => (cpuMs * 1e3) / sent)),
      exact(of(({ latency }) => latency.p50)),
      exact(of(({ latency }) => latency.p99)),
    ]
  }
  const ratio = median(talks.map((talk) => talk.ratio))
  return titled(
    `Receipts: ${conversations} conversations of ${membersEach} members, ${rate} messages/s; with receipts ${exact(ratio)} times the CPU (reach: 1.5)`,
    ['receipts', 'messages', 'receipts', 'frames', 'CPU µs/message', 'p50 ms', 'p99 ms'],
    [row('none', 'without'), row('each member, once a second', 'with')],
  )
}
