// What is checked of a message before the store sees it, and how the store's outcome is said.
import { limits, type Metadata, NowcastError } from '@nowcast/protocol'
import type { SendOutcome, SendRefusal } from '../../store/messageStore.ts'

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })
const EMOJI = /\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20e3/u

/** @throws NowcastError `body_too_long` */
export function checkBodySize(body: string, maxBytes: number): void {
  if (Buffer.byteLength(body) <= maxBytes) return
  throw new NowcastError('body_too_long', `A message is at most ${maxBytes} bytes long.`, { field: 'body' })
}

/** @throws NowcastError `data_too_large` */
export function checkMetadata(metadata: Metadata | undefined): void {
  if (metadata === undefined) return
  if (Buffer.byteLength(JSON.stringify(metadata)) <= limits.messageMetadataBytes) return
  throw new NowcastError(
    'data_too_large',
    `The metadata of a message is at most ${limits.messageMetadataBytes} bytes of JSON.`,
    { field: 'metadata' },
  )
}

/** @throws NowcastError `invalid_command` unless the text is one emoji, as a person sees it */
export function checkEmoji(text: string): void {
  const [first, ...others] = graphemes.segment(text)
  if (first !== undefined && others.length === 0 && EMOJI.test(text)) return
  throw new NowcastError('invalid_command', '"emoji" must be one emoji.', { field: 'emoji' })
}

/** The outcome of a message that was sent. @throws NowcastError why it was not */
export function accepted(outcome: SendOutcome, messageId: string) {
  if (outcome.outcome === 'sent') return outcome
  throw refusals[outcome.outcome](messageId)
}

const refusals: { readonly [R in SendRefusal]: (messageId: string) => NowcastError } = {
  conflict: (messageId) =>
    new NowcastError('idempotency_conflict', `The message id "${messageId}" was used for another message.`, {
      field: 'messageId',
    }),
  conversation_not_found: () => conversationNotFound(),
  not_a_member: () => notAMember(),
  forbidden: () =>
    new NowcastError('forbidden', 'Your role may not send messages in this conversation.', { field: 'post' }),
  conversation_archived: () =>
    new NowcastError('conversation_archived', 'This conversation was archived.', { field: 'conversation' }),
  message_not_found: () =>
    new NowcastError('message_not_found', 'There is no such thread.', { field: 'thread' }),
  unstorable: () =>
    new NowcastError('invalid_command', '"body" holds characters that can not be stored.', { field: 'body' }),
}

/** The error for somebody who must be a member. */
export const notAMember = () => new NowcastError('not_a_member', 'You are not a member of this conversation.')
/** The error for a conversation that does not exist, or not for this user. */
export const conversationNotFound = () =>
  new NowcastError('conversation_not_found', 'There is no such conversation.')
