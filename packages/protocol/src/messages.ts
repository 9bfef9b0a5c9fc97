// The native protocol, version 1: what a client sends (commands) and what a server sends (replies and pushes).
// A frame is one text message holding one or more JSON objects separated by "\n".
import type { Commands, CommandType } from './commands.ts'
import type { WireError } from './errors.ts'
import type { Push } from './pushes.ts'
import type { Results } from './results.ts'

/** A command as it travels: `id` is answered by exactly one reply with the same id. */
export type Command = {
  [T in CommandType]: { readonly type: T; readonly id: number } & Commands[T]
}[CommandType]

/** The answer to a command. */
export type Reply =
  | { readonly type: 'reply'; readonly id: number; readonly result: Results[CommandType] }
  | { readonly type: 'reply'; readonly id: number; readonly error: WireError }

/** Anything a server sends. */
export type ServerMessage = Reply | Push
