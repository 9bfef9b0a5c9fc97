// The face of the server package: run a node inside your own process, and write a typed configuration.

export { defineConfig } from './foundation/config/load.ts'
export type { ChannelPolicy, HistoryPolicy, Rule, RuleContext, RuleUser } from './foundation/config/rules.ts'
export type { ConfigInput } from './foundation/config/schema.ts'
export type { Duration } from './foundation/duration.ts'
export { StartupError } from './foundation/startupError.ts'
export { createNode, type Node } from './node/node.ts'
