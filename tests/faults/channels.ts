// What was promised of ordinary channels: one order for everybody, without holes but for gaps that were told and had a
// cause, and every acknowledged event delivered once.
import type { Position } from '@nowcast/protocol'
import { type ChannelLog, type Heard, shown } from './channelLog.ts'
import type { Acknowledged } from './publisher.ts'

/** What a channel promises besides order. */
export interface Promised {
  /** Everything missed comes with the recovery; else what is missed is a gap. */
  readonly kept: boolean
}

/** What one subscriber was told. */
export type Told = Pick<ChannelLog, 'subscriber' | 'channel' | 'begin' | 'heard' | 'broken'>

/** What happened on one channel. */
export interface ChannelStory {
  readonly channel: string
  readonly promised: Promised
  readonly logs: readonly Told[]
  readonly acknowledged: readonly Acknowledged[]
  /** How often Redis was started empty. */
  readonly emptied: number
}

/** Publications that one recovery sends at most; who missed more is told of a gap. */
const RECOVERY_LIMIT = 500

/** @returns every broken promise */
export function examineChannel(story: ChannelStory): string[] {
  const { logs } = story
  return [
    ...logs.flatMap(({ broken }) => broken),
    ...disagreements(story),
    ...logs.flatMap((log) => doubles(log)),
    ...logs.flatMap((log) => gapsWithoutCause(log, story)),
    ...logs.flatMap((log) => losses(log, story.acknowledged)),
  ]
}

/** Everybody, publishers too, must say the same of a place; and places begin anew only with an empty Redis. */
function disagreements({ channel, logs, acknowledged, emptied }: ChannelStory): string[] {
  const truth = new Map<string, { readonly id: string; readonly who: string }>()
  const epochs = new Set<string>()
  const broken: string[] = []
  const compare = (who: string, at: Position, id: string) => {
    epochs.add(at.epoch)
    const place = `${at.epoch}@${at.offset}`
    const known = truth.get(place)
    if (known === undefined) truth.set(place, { id, who })
    else if (known.id !== id)
      broken.push(`${channel} ${shown(at)} is ${id} to ${who}, and ${known.id} to ${known.who}`)
  }
  for (const { subscriber, heard, begin } of logs) {
    if (begin !== undefined) epochs.add(begin.epoch)
    for (const entry of heard) {
      if (entry.kind === 'event') compare(subscriber, entry.at, entry.id)
      else epochs.add(entry.at.epoch)
    }
  }
  for (const { publisher, id, result } of acknowledged) compare(publisher, result.position, id)
  if (epochs.size > 1 + emptied)
    broken.push(`${channel} began anew ${epochs.size - 1} times, and Redis was empty ${emptied} times`)
  return broken
}

/** The same event twice within an epoch. In another epoch it may come again: ids are forgotten with Redis. */
function doubles({ subscriber, channel, heard }: Told): string[] {
  const seen = new Map<string, Position>()
  const broken: string[] = []
  for (const entry of heard) {
    if (entry.kind !== 'event') continue
    const key = `${entry.at.epoch} ${entry.id}`
    const before = seen.get(key)
    if (before !== undefined)
      broken.push(
        `${subscriber} on ${channel} received ${entry.id} at ${shown(before)} and ${shown(entry.at)}`,
      )
    seen.set(key, entry.at)
  }
  return broken
}

function gapsWithoutCause(log: Told, { promised }: ChannelStory): string[] {
  return log.heard
    .filter((entry) => entry.kind === 'gap' && !hasCause(entry, promised))
    .map(
      (entry) => `${log.subscriber} on ${log.channel} was told of a gap without a cause: ${describe(entry)}`,
    )
}

function hasCause({ at, ...entry }: Heard, { kept }: Promised): boolean {
  if (entry.kind === 'event') return true
  // The number of epochs is bounded by what happened to Redis.
  if (entry.from.epoch !== at.epoch) return true
  const missed = at.offset - entry.from.offset
  return entry.reason === 'too-much' ? missed > RECOVERY_LIMIT : missed > 0 && !kept
}

/** Acknowledged events that were neither delivered nor lie within a gap that was told. */
function losses(
  { subscriber, channel, heard, begin }: Told,
  acknowledged: readonly Acknowledged[],
): string[] {
  const delivered = new Set<string>()
  const gaps: (Heard & { readonly kind: 'gap' })[] = []
  const seenEpochs = new Set<string>(begin === undefined ? [] : [begin.epoch])
  for (const entry of heard) {
    seenEpochs.add(entry.at.epoch)
    if (entry.kind === 'event') delivered.add(`${entry.at.epoch}@${entry.at.offset}`)
    else gaps.push(entry)
  }
  const isWithinGap = ({ epoch, offset }: Position) =>
    // A whole epoch between two others is passed over by the gap that leads from one to the other.
    (!seenEpochs.has(epoch) && gaps.some(({ from, at }) => from.epoch !== at.epoch)) ||
    gaps.some(({ from, at }) => {
      const isAfter = epoch === from.epoch && offset > from.offset
      const isBefore = epoch === at.epoch && offset <= at.offset
      return from.epoch === at.epoch ? isAfter && isBefore : isAfter || isBefore
    })
  return acknowledged
    .filter(({ result: { position } }) => !delivered.has(`${position.epoch}@${position.offset}`))
    .filter(({ result: { position } }) => !isWithinGap(position))
    .map(({ id, publisher, result }) => {
      return `${subscriber} on ${channel} never received ${shown(result.position)} ${id}, acknowledged to ${publisher}`
    })
}

const describe = (entry: Heard): string =>
  entry.kind === 'event' ? shown(entry.at) : `${shown(entry.from)} to ${shown(entry.at)}, ${entry.reason}`
