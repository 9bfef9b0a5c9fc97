// A network in memory that loses, doubles, delays and reorders what is sent, as a test asks.
import type { CollaborationTransport, TransportListener } from '../transport.ts'

/** What the network does to messages. */
export interface Unreliability {
  /** Of each message, from 0 to 1. */
  readonly loss: number
  readonly doubling: number
  readonly maxDelayMs: number
}

/** Loses nothing, and takes no time. */
export const reliable: Unreliability = { loss: 0, doubling: 0, maxDelayMs: 0 }

/** One who is connected to the network, or not. */
export class Peer implements CollaborationTransport {
  readonly maxLength: number
  readonly intervalMs: number
  /** When each text was sent, and how long it was. */
  readonly sent: { readonly at: number; readonly length: number }[] = []
  readonly #network: UnreliableNetwork
  #listener: TransportListener | undefined
  #isConnected = false

  constructor(network: UnreliableNetwork, maxLength: number, intervalMs: number) {
    this.#network = network
    this.maxLength = maxLength
    this.intervalMs = intervalMs
  }

  listen(listener: TransportListener): () => void {
    this.#listener = listener
    if (this.#isConnected) listener.connected()
    return () => {
      this.#listener = undefined
    }
  }

  async send(text: string): Promise<void> {
    if (!this.#isConnected) throw new Error('There is no connection.')
    this.sent.push({ at: Date.now(), length: text.length })
    this.#network.carry(this, text)
  }

  connect(): void {
    if (this.#isConnected) return
    this.#isConnected = true
    this.#listener?.connected()
  }

  disconnect(): void {
    if (!this.#isConnected) return
    this.#isConnected = false
    this.#listener?.disconnected()
  }

  deliver(text: string): void {
    if (this.#isConnected) this.#listener?.message(text)
  }
}

/** The network. */
export class UnreliableNetwork {
  unreliability = reliable
  /** Texts that were carried. */
  carried = 0
  readonly #peers: Peer[] = []

  join(maxLength = 9_000, intervalMs = 125): Peer {
    const peer = new Peer(this, maxLength, intervalMs)
    this.#peers.push(peer)
    return peer
  }

  carry(from: Peer, text: string): void {
    this.carried += 1
    const { loss, doubling, maxDelayMs } = this.unreliability
    for (const peer of this.#peers) {
      if (peer === from) continue
      const copies = Math.random() < loss ? 0 : Math.random() < doubling ? 2 : 1
      for (let copy = 0; copy < copies; copy += 1) {
        if (maxDelayMs === 0) queueMicrotask(() => peer.deliver(text))
        else setTimeout(() => peer.deliver(text), Math.random() * maxDelayMs)
      }
    }
  }
}
