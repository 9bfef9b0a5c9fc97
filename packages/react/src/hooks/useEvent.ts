// One kind of event of a channel.
import type { AnyEvents, Channel, EventListener } from '@nowcast/client'
import { useEffect } from 'react'
import { useLatest } from '../live/useLatest.ts'
import { useNowcast } from '../provider/context.ts'

/**
 * Listens to one kind of event while the component is mounted. The listener may be another function at each render; the
 * newest is called.
 * @param channel its name, or what `useChannel` has given; null or undefined: none
 */
export function useEvent<Events = AnyEvents, Name extends keyof Events & string = keyof Events & string>(
  channel: string | Channel<Events> | null | undefined,
  event: Name,
  listener: EventListener<Events[Name]>,
): void {
  const client = useNowcast()
  const latest = useLatest(listener)
  useEffect(() => {
    if (channel === null || channel === undefined) return
    const call: EventListener<Events[Name]> = (data, details) => latest.current(data, details)
    // Without schemas, what an event holds is the application's word.
    const source =
      typeof channel === 'string' ? (client.channel(channel) as unknown as Channel<Events>) : channel
    return source.on(event, call)
  }, [client, channel, event, latest])
}
