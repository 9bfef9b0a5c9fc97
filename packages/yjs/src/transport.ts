// The seam between documents and what carries their messages: some channel that brings each text to all others who edit.

/** What a transport tells its owner. */
export interface TransportListener {
  /** Messages get through from now on; some of what came before may have been missed. */
  connected(): void
  disconnected(): void
  /** Messages of others were missed although the connection held. */
  missed(): void
  message(text: string): void
  /** Nothing will get through, e.g. because access is refused. */
  refused(error: Error): void
}

/** Carries texts to the others. It may lose, double and reorder them. */
export interface CollaborationTransport {
  /** Longest text of one message, in characters. */
  readonly maxLength: number
  /** Between two messages at least, in milliseconds. */
  readonly intervalMs: number
  /** Begins to listen. @returns stops that */
  listen(listener: TransportListener): () => void
  /** Sends to all others. Rejects when it was not sent. */
  send(text: string): Promise<void>
}
