// What tests that do as much as they like say about limits.

/** The part `limits` of a configuration without limits. */
export const UNLIMITED = {
  messages: false,
  events: false,
  typing: false,
  creations: false,
  joins: false,
  http: false,
  connects: false,
  connectionsPerAddress: false,
} as const

/** The same as text of a `nowcast.config.ts`. */
export const UNLIMITED_TEXT = `limits: ${JSON.stringify(UNLIMITED)}`
