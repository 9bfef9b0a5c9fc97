// Listening to the backend's broadcasts with their types.
import type { Broadcasts } from '../../shared/api.ts'
import type { RealtimeChannel } from '../realtime/realtime.ts'
import { broadcasts } from './schemas.ts'

/** Listens to one kind of broadcast; one that makes no sense is left out. @returns stops that */
export function onBroadcast<Name extends keyof Broadcasts>(
  channel: RealtimeChannel,
  name: Name,
  listener: (data: Broadcasts[Name]) => void,
): () => void {
  return channel.on(name, (data) => {
    const parsed = broadcasts[name].safeParse(data)
    if (parsed.success) listener(parsed.data)
  })
}
