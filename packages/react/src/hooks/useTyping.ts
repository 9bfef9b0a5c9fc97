// Who types on a channel, and saying so oneself.
import type { ChannelTyping, TypingSnapshot } from '@nowcast/client'
import { useEffect, useMemo } from 'react'
import { useLive } from '../live/useLive.ts'
import { useNowcast } from '../provider/context.ts'

/** Who types, and what says that the user does. */
export type TypingHandle = TypingSnapshot & {
  /** To be called for every keystroke; few lead to a command. */
  keystroke(): void
  /** The user types no more. Sending a message to a conversation says that by itself. */
  stop(): void
}

const NOBODY: TypingSnapshot = { users: [], count: 0 }

/** Who types on a channel, oneself left out, while the component is mounted. */
export function useTyping(channel: string | null): TypingHandle {
  const client = useNowcast()
  const typing = useMemo(() => (channel === null ? undefined : client.typing(channel)), [client, channel])
  const snapshot = useLive(typing, NOBODY)
  const own = useMemo(() => new OwnTyping(typing), [typing])
  // What this component has said ends with it.
  useEffect(() => own.stop, [own])
  return useMemo(() => ({ ...snapshot, keystroke: own.keystroke, stop: own.stop }), [snapshot, own])
}

/** What one component says of typing: it takes back only what it has said itself. */
class OwnTyping {
  readonly #typing: ChannelTyping | undefined
  #said = false

  constructor(typing: ChannelTyping | undefined) {
    this.#typing = typing
  }

  readonly keystroke = (): void => {
    this.#said = true
    this.#typing?.keystroke()
  }

  readonly stop = (): void => {
    if (this.#said) this.#typing?.stop()
    this.#said = false
  }
}
