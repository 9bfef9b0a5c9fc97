// The face of the package: Yjs documents that several people edit at once, over Nowcast or pusher-js.
export { type NowcastChannel, nowcastTransport, type TransportOptions } from './nowcastTransport.ts'
export { type CollaborationOptions, CollaborationProvider, type CollaborationSnapshot } from './provider.ts'
export { type PusherChannel, pusherTransport } from './pusherTransport.ts'
export type { SavingState } from './saving.ts'
export type { CollaborationTransport, TransportListener } from './transport.ts'
