// What tests that do as much as they like say about limits.

const UNLIMITED = {
  messages: false,
  typing: false,
  creations: false,
  joins: false,
  http: false,
  connects: false,
  connectionsPerAddress: false,
}

/** The part `limits` of a configuration without limits, as text of a `nowcast.config.ts`. */
export const UNLIMITED_TEXT = `limits: ${JSON.stringify(UNLIMITED)}`
