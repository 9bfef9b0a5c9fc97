// A page that looks at a conversation of the scripted server.
import type { NowcastClient } from '../client.ts'
import type { LiveConversation } from '../conversations/conversation.ts'
import type { ClientOptions } from '../options.ts'
import type { ScriptedServer } from './scriptedServer.ts'
import { testClient } from './testClient.ts'
import { until } from './until.ts'

/** The conversation that pages look at. */
export const GENERAL = 'general'

/** What a page looks at, and what ends it. */
export interface Looking {
  readonly client: NowcastClient
  readonly conversation: LiveConversation
  /** The bodies that are shown. */
  bodies(): readonly string[]
  stop(): void
}

/** A page of "ada" that looks at a conversation; resolves once it is loaded. */
export async function lookingAt(
  server: ScriptedServer,
  options: Partial<ClientOptions> = {},
): Promise<Looking> {
  const client = testClient(server, options)
  const conversation = client.conversation(GENERAL)
  const stop = conversation.subscribe(() => {})
  await until(() => conversation.getSnapshot().status === 'ready', 'the conversation')
  return {
    client,
    conversation,
    bodies: () => conversation.getSnapshot().messages.map(({ body }) => body),
    stop,
  }
}

/** The bodies of a scripted conversation's first messages. */
export const old = (from: number, to: number): readonly string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => `old ${from + index}`)
