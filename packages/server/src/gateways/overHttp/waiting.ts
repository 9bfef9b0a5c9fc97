// How long requests wait for something to tell, and how the nodes that hand them on ask for it.
import { z } from 'zod'
import type { PollAnswer } from './mailbox.ts'

/** Proxies commonly end what is silent for 30 s. */
export const MAX_SILENCE_MS = 25_000
/** Another node waits so long at a time, so that its death is noticed soon. */
export const WAIT_SLICE_MS = 5_000
/** How long another node may take to answer, besides what it was asked to wait. */
export const CALL_TIMEOUT_MS = 3_000

const pollAnswer = z.object({
  frames: z.array(z.object({ n: z.number(), text: z.string() })),
  close: z.object({ code: z.number(), reason: z.string() }).optional(),
  superseded: z.literal(true).optional(),
})

/** A mailbox's answer as another node has told it. @throws ZodError when it is none */
export function readPollAnswer(told: unknown): PollAnswer {
  const { frames, close, superseded } = pollAnswer.parse(told)
  return { frames, ...(close && { close }), ...(superseded && { superseded }) }
}
