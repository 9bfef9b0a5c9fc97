// What a person needs to understand why a fault test failed.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Journal } from './journal.ts'

/** How it went. */
export interface Course {
  readonly seed: number
  readonly journal: Journal
  /** Holds the nodes' logs; the journal is put beside them. */
  readonly folder: string
}

/** Complaints that are shown in full; the others are counted. */
const SHOWN = 10
/** Complaints whose surroundings are shown. */
const EXPLAINED = 3
/** Lines of the journal before and after what is looked for. */
const REACH = 12

/** An error that says what was wrong, what everybody saw around it, what had struck, and where all of it is written. */
export async function failure(complaints: readonly string[], course: Course): Promise<Error> {
  const { seed, journal, folder } = course
  const file = join(folder, 'journal.txt')
  await writeFile(file, journal.text)
  const rest = complaints.length - SHOWN
  return new Error(
    [
      `Seed ${seed}:`,
      ...complaints.slice(0, SHOWN).map((complaint) => `- ${complaint}`),
      ...(rest > 0 ? [`- and ${rest} more`] : []),
      ...complaints.slice(0, EXPLAINED).flatMap((complaint) => surroundings(complaint, journal)),
      '',
      'Faults:',
      ...journal.lines(isFault),
      `All that happened: ${file}; the nodes' logs are beside it.`,
    ].join('\n'),
  )
}

/** The first place that a complaint names, e.g. `general@7`, and what everybody heard of the same channel around it. */
function surroundings(complaint: string, journal: Journal): string[] {
  const place = /[\w-]+@\d+/.exec(complaint)?.[0]
  if (place === undefined) return []
  const stream = `${place.split('@')[0]}@`
  const lines = journal.lines((line) => line.includes(stream) || isFault(line))
  const near = new Set<number>()
  for (const [index, line] of lines.entries()) {
    if (!line.split(/[ ,:;]/).includes(place)) continue
    for (let at = index - REACH; at <= index + REACH; at += 1) near.add(at)
  }
  return ['', `Around ${place}:`, ...lines.filter((_line, index) => near.has(index))]
}

const isFault = (line: string): boolean => line.includes(' FAULT ')
