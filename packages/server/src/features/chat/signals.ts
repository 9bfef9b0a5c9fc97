// A conversation's channel of signals: what is of interest now and has no place in its log.

/** How much of it is kept, for those who come back at once. */
export const SIGNALS_HISTORY = { size: 200, ttlMs: 300_000 }
