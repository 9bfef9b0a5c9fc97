// The connection in a word and a colour.
import { type ConnectionSnapshot, useConnection } from '@nowcast/react'
import { useOpenDialog } from '../app/dialogs.ts'

const BY: Readonly<Record<string, string>> = { stream: ' over HTTP', polling: ' by polling' }

function describe({ state, online, latencyMs, degraded, transport = 'websocket' }: ConnectionSnapshot): {
  tone: string
  text: string
} {
  if (!online) return { tone: 'off', text: 'Offline' }
  if (degraded !== undefined) return { tone: 'wait', text: 'Degraded' }
  switch (state) {
    case 'connected':
      return {
        tone: 'good',
        text:
          latencyMs === undefined
            ? `Connected${BY[transport] ?? ''}`
            : `Connected${BY[transport] ?? ''} · ${Math.max(1, Math.round(latencyMs))} ms`,
      }
    case 'idle':
    case 'connecting':
      return { tone: 'wait', text: 'Connecting…' }
    case 'unavailable':
      return { tone: 'wait', text: 'Reconnecting…' }
    case 'failed':
      return { tone: 'bad', text: 'Refused' }
    case 'disconnected':
      return { tone: 'off', text: 'Disconnected' }
  }
}

/** The connection in a word and a colour. */
export function ConnectionBadge() {
  const { tone, text } = describe(useConnection())
  const openDialog = useOpenDialog()
  return (
    <button
      type="button"
      className="badge"
      data-tone={tone}
      title={text}
      onClick={() => openDialog({ kind: 'health' })}
    >
      <span className="badge__dot" aria-hidden />
      <span className="visually-hidden">Connection: {text}</span>
    </button>
  )
}
