// What may carry the protocol's frames.

/** Names of the transports, as clients choose them and metrics count them; the best first. */
export const transportNames = ['websocket', 'stream', 'polling'] as const

/** What carries a connection: a WebSocket, or where there can be none an HTTP stream, or where that is held back polls. */
export type TransportName = (typeof transportNames)[number]
