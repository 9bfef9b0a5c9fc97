// Follows one thread as long as its page is open.
import { useEffect, useState } from 'react'
import { useMe } from '../app/me.tsx'
import { useRealtime } from '../app/realtimeContext.tsx'
import { ThreadLive } from '../data/threadLive.ts'
import { Typing } from '../data/typing.ts'

/** What belongs to an open thread. */
export interface OpenThread {
  readonly live: ThreadLive
  readonly typing: Typing
}

/** The thread, from the moment that it is followed. */
export function useThreadLive(id: string): OpenThread | undefined {
  const realtime = useRealtime()
  const { user } = useMe()
  const [open, setOpen] = useState<OpenThread>()
  useEffect(() => {
    const live = new ThreadLive(realtime, id)
    const typing = new Typing(live.channel, user.id)
    setOpen({ live, typing })
    return () => {
      typing.close()
      live.close()
    }
  }, [realtime, id, user.id])
  return open
}
