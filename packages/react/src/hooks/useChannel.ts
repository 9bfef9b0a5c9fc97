// A channel that is subscribed while the component is there.
import type { AnyEvents, Channel, ChannelSnapshot, EventData, EventSchemas } from '@nowcast/client'
import { useEffect, useMemo } from 'react'
import { useLatest } from '../live/useLatest.ts'
import { useLive } from '../live/useLive.ts'
import { useNowcast } from '../provider/context.ts'

/** A channel, and where it stands. */
export type ChannelHandle<Events> = ChannelSnapshot & {
  /** Undefined where there is no name. */
  readonly channel: Channel<Events> | undefined
  /** Publishes an event; see `Channel.publish`. Without a channel it is refused. */
  readonly publish: Channel<Events>['publish']
}

const IDLE: ChannelSnapshot = { state: 'idle' }
const nothing = () => {}

/**
 * Subscribes to a channel while the component is mounted.
 * @param name null: to none
 * @param options `events`: schemas by event name; those of the first render with this name count
 */
export function useChannel(name: string | null): ChannelHandle<AnyEvents>
export function useChannel<Schemas extends EventSchemas>(
  name: string | null,
  options: { readonly events: Schemas },
): ChannelHandle<EventData<Schemas>>
export function useChannel(
  name: string | null,
  { events = {} }: { readonly events?: EventSchemas } = {},
): ChannelHandle<AnyEvents> {
  const client = useNowcast()
  const schemas = useLatest(events)
  const channel = useMemo(
    () => (name === null ? undefined : client.channel(name, { events: schemas.current })),
    [client, name, schemas],
  )
  useEffect(() => channel?.onGap(nothing), [channel])
  const snapshot = useLive<ChannelSnapshot>(channel, IDLE)
  return useMemo(() => {
    const publish: Channel['publish'] = (...values) =>
      channel?.publish(...values) ?? Promise.reject(new Error('There is no channel to publish on.'))
    return { ...snapshot, channel: channel as Channel | undefined, publish }
  }, [channel, snapshot])
}
