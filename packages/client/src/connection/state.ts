// The connection's states and what leads from one to another: one function, so that none can contradict another.

/** `unavailable`: no link, tried again by itself. `failed`: given up. `disconnected`: ended by the application. */
export type ConnectionState = 'idle' | 'connecting' | 'connected' | 'unavailable' | 'failed' | 'disconnected'

/** What may happen to a connection. */
export type ConnectionEvent = 'connect' | 'established' | 'lost' | 'retry' | 'give up' | 'disconnect'

const transitions: Readonly<Record<ConnectionState, Partial<Record<ConnectionEvent, ConnectionState>>>> = {
  idle: { connect: 'connecting', disconnect: 'disconnected' },
  connecting: {
    established: 'connected',
    lost: 'unavailable',
    'give up': 'failed',
    disconnect: 'disconnected',
  },
  connected: { lost: 'unavailable', 'give up': 'failed', disconnect: 'disconnected' },
  unavailable: {
    retry: 'connecting',
    connect: 'connecting',
    'give up': 'failed',
    disconnect: 'disconnected',
  },
  failed: { connect: 'connecting', disconnect: 'disconnected' },
  disconnected: { connect: 'connecting' },
}

/** The state after `event`, or the same where the event means nothing. */
export function nextState(state: ConnectionState, event: ConnectionEvent): ConnectionState {
  return transitions[state][event] ?? state
}
