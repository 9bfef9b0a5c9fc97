// A crowd that was cut comes back all at once, each from its last place, and checks what it missed.

import { isObject } from '@nowcast/protocol'
import type { Recovered, RecoverOptions } from '../processes/contracts.ts'
import type { Crowd, Place } from './crowd.ts'
import { dialects } from './dialects.ts'
import { RawLink } from './rawLink.ts'

/**
 * Reconnects everybody in one go. With `missed`, each must receive that many publications, no more and no fewer, in
 * order.
 * @returns the links, still open, and when they had it
 * @throws Error when one is refused or receives anything else
 */
export async function comeBack(
  crowd: Crowd,
  options: RecoverOptions,
): Promise<{ links: RawLink[]; recovered: Recovered }> {
  const cpu = process.cpuUsage()
  const startedAt = performance.now()
  const links: RawLink[] = []
  const moments = await Promise.all(
    Array.from({ length: crowd.options.connections }, (_, index) => {
      return recoverOne(crowd, index, options, links).then(() => performance.now() - startedAt)
    }),
  )
  const { user, system } = process.cpuUsage(cpu)
  moments.sort((a, b) => a - b)
  const lastMs = moments.at(-1) ?? 0
  const p50Ms = moments[Math.floor(moments.length / 2)] ?? 0
  return { links, recovered: { lastMs, p50Ms, clients: moments.length, cpuMicros: user + system } }
}

function recoverOne(
  crowd: Crowd,
  index: number,
  { missed, ports }: RecoverOptions,
  links: RawLink[],
): Promise<void> {
  const dialect = dialects[crowd.options.contestant]
  const port = ports[Math.floor(Math.random() * ports.length)]
  const channel = crowd.channelOf(index)
  if (port === undefined || channel === undefined) throw new Error('the crowd has nowhere to come back to')
  const position = missed === undefined ? undefined : placeIn(crowd, channel)
  const greeting = { user: `user-${index}`, channel, position }
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => {
      reject(error)
      link.cut()
    }
    const link = new RawLink(port, dialect.path, {
      upgraded: () => {
        const step = dialect.begin(greeting)
        if ('say' in step) link.say(step.say)
      },
      text: (text) => {
        try {
          const step = dialect.next(text, greeting)
          if ('say' in step) link.say(step.say)
          if (!('done' in step)) return
          if (position !== undefined && missed !== undefined) checkRecovery(text, position, missed)
          resolve()
        } catch (error) {
          fail(error instanceof Error ? error : new Error(String(error)))
        }
      },
      ended: (error) => reject(error ?? new Error('a connection was closed during recovery')),
    })
    links.push(link)
  })
}

function placeIn(crowd: Crowd, channel: string): Place {
  const place = crowd.places.get(channel)
  if (place === undefined) throw new Error('the crowd has no place to come back to')
  return place
}

/** @throws Error unless the reply holds exactly the missed publications, in order */
function checkRecovery(text: string, { offset }: Place, missed: number): void {
  const reply: unknown = JSON.parse(text)
  const result = isObject(reply) && isObject(reply.result) ? reply.result : {}
  const first = Array.isArray(result.channels) ? result.channels[0] : undefined
  const publications = isObject(first) && Array.isArray(first.publications) ? first.publications : []
  const exact =
    publications.length === missed &&
    publications.every(
      (publication, index) => isObject(publication) && publication.offset === offset + 1 + index,
    )
  if (!exact)
    throw new Error(`recovery brought something else than ${missed} missed events: ${text.slice(0, 300)}`)
}
