// What each command of the native protocol does: hand it to the feature whose business it is.
import type { Results } from '@nowcast/protocol'
import { channelHandlers } from './handlers/channels.ts'
import { conversationHandlers } from './handlers/conversations.ts'
import type {
  Features,
  Handler,
  Handlers,
  NativeConnection,
  ServedCommand,
  ServedType,
} from './handlers/handler.ts'
import { membershipHandlers } from './handlers/membership.ts'
import { messageHandlers } from './handlers/messages.ts'
import { peopleHandlers } from './handlers/people.ts'
import { presenceHandlers } from './handlers/presence.ts'
import { receiptHandlers } from './handlers/receipts.ts'
import { typingHandlers } from './handlers/typing.ts'

const handlers: Handlers = {
  ...channelHandlers,
  ...presenceHandlers,
  ...typingHandlers,
  ...peopleHandlers,
  ...conversationHandlers,
  ...membershipHandlers,
  ...messageHandlers,
  ...receiptHandlers,
}

/**
 * Carries out a command.
 * @throws NowcastError when the feature refuses it
 */
export function serve(
  features: Features,
  connection: NativeConnection,
  command: ServedCommand,
): Promise<Results[ServedType]> | Results[ServedType] {
  const handler = handlers[command.type] as Handler<typeof command.type>
  return handler(features, connection, command as never)
}
