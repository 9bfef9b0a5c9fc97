// The one thing core knows of a network link. Gateways bring real sockets, simulations bring their own.

/** A link that takes bytes. */
export interface Socket {
  /** Hands bytes to the link. They must not be changed afterwards: the same ones may go to many sockets. */
  write(bytes: Uint8Array): void
  /** Bytes handed over but not yet taken by the peer's side. */
  readonly bufferedBytes: number
  /** Calls `run` once, when everything handed over so far was taken. */
  onceDrained(run: () => void): void
  /** Says why and ends the link. Later writes are ignored. */
  close(code: number, reason: string): void
}
