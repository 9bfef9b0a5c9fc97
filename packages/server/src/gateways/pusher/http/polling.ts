// A poll: answered at once when something waits, otherwise as soon as something comes.
import type { Clock } from '../../../foundation/clock.ts'
import type { PollAnswer } from '../../overHttp/mailbox.ts'
import { MAX_SILENCE_MS, WAIT_SLICE_MS } from '../../overHttp/waiting.ts'
import { encodeClose, encodeMessages, HEARTBEAT, REPLACED } from './framing.ts'
import type { Receiver } from './sessionCalls.ts'

/**
 * What a poll is answered with.
 * @param isHurried whether to wait no longer than need be, because the client or the server is about to go
 * @throws NowcastError `not_found`, `timeout`, `unavailable`
 */
export async function poll(receiver: Receiver, clock: Clock, isHurried: () => boolean): Promise<string> {
  const deadline = clock.now() + MAX_SILENCE_MS
  for (;;) {
    const answer = await receiver.take(Math.max(0, Math.min(deadline - clock.now(), WAIT_SLICE_MS)))
    const { frames, close, superseded } = answer
    if (superseded) return REPLACED
    const messages = frames.length > 0 ? encodeMessages(textsOf(frames)) : ''
    if (close !== undefined) return messages + encodeClose(close)
    if (messages !== '') return messages
    if (isHurried() || clock.now() >= deadline) return HEARTBEAT
  }
}

/** The messages that frames of a mailbox hold: JSON, in which there are no raw line feeds. */
export const textsOf = (frames: PollAnswer['frames']): string[] =>
  frames.flatMap(({ text }) => (text === '' ? [] : text.split('\n')))
