// Changes of a thread's title and status: shown at once, taken back with a notice when somebody else was faster.
import * as z from 'zod/mini'
import type { Thread } from '../../shared/api.ts'
import { reasonOf } from '../theme/errors.ts'
import { RequestError, request, requestJson } from './http.ts'
import { newId } from './newId.ts'
import { notify } from './notices.ts'
import { thread as threadSchema } from './schemas.ts'
import type { ThreadLive } from './threadLive.ts'
import { withFacts } from './threadState.ts'

/** What may be changed. */
export type Facts = Partial<Pick<Thread, 'title' | 'status'>>

type Sent = Facts & Partial<Pick<Thread, 'description'>>

/** Attempts on top of changes of others that concern something else. */
const MAX_ATTEMPTS = 4
const CONFLICT = 409
const NOT_FOUND = 404

const conflictAnswer = z.object({ thread: threadSchema })

/** What somebody else's change has made of the same thing. */
interface Conflict {
  readonly thread: Thread
}

/**
 * Changes a thread.
 * @param base the thread that the person saw when they decided it
 * @param nameOf the name of a user, by id
 */
export async function changeFacts(
  live: ThreadLive,
  base: Thread,
  facts: Facts,
  nameOf: (id: string) => string,
): Promise<void> {
  const change = newId()
  live.optimistic.show({ id: change, apply: withFacts(facts) })
  live.show()
  try {
    const conflict = await send(live, base, facts)
    live.optimistic.settle(change)
    if (conflict !== undefined) tellConflict(live, conflict, facts, nameOf)
  } catch (error) {
    live.optimistic.settle(change)
    if (error instanceof RequestError && error.status === NOT_FOUND) live.deleted(undefined)
    else notify(`${nounOf(facts)} was not changed. ${reasonOf(error)}`)
  }
  live.show()
}

/** The description follows the text that everybody edits: whose version it is made for does not matter. @throws RequestError */
export async function changeDescription(live: ThreadLive, description: string): Promise<void> {
  const base = live.thread
  if (base === undefined || base.description === description) return
  await send(live, base, { description })
}

/** Deletes a thread; one that is gone already is what was wanted. @throws RequestError */
export async function deleteThread(id: string): Promise<void> {
  try {
    await request('DELETE', `/api/threads/${id}`)
  } catch (error) {
    if (!(error instanceof RequestError) || error.status !== NOT_FOUND) throw error
  }
}

/** Changes of others to something else are no conflict: then it is sent once more on top of them. */
async function send(live: ThreadLive, base: Thread, facts: Sent): Promise<Conflict | undefined> {
  let { version } = base
  for (let attempt = 1; ; attempt += 1) {
    try {
      live.putThread(await patch(live.id, { ...facts, version }))
      return undefined
    } catch (error) {
      const conflict = conflictOf(error)
      if (conflict === undefined) throw error
      live.putThread(conflict.thread)
      if (touchesSame(base, conflict.thread, facts) || attempt === MAX_ATTEMPTS) return conflict
      version = conflict.thread.version
    }
  }
}

const patch = (id: string, body: Sent & { readonly version: number }): Promise<Thread> =>
  requestJson(threadSchema, 'PATCH', `/api/threads/${id}`, body)

function conflictOf(error: unknown): Conflict | undefined {
  if (!(error instanceof RequestError) || error.status !== CONFLICT) return undefined
  return conflictAnswer.safeParse(error.answer).data
}

const touchesSame = (base: Thread, current: Thread, facts: Sent): boolean =>
  (facts.title !== undefined && base.title !== current.title) ||
  (facts.status !== undefined && base.status !== current.status)

const nounOf = ({ title }: Facts): string => (title === undefined ? 'The status' : 'The title')

function tellConflict(
  live: ThreadLive,
  { thread }: Conflict,
  facts: Facts,
  nameOf: (id: string) => string,
): void {
  const isDone = Object.entries(facts).every(([name, value]) =>
    Object.entries(thread).some(([other, theirs]) => other === name && theirs === value),
  )
  if (isDone) return
  const actor = live.changedBy
  const who = actor === undefined ? 'Somebody else’s' : `${nameOf(actor)}’s`
  const result = facts.title === undefined ? thread.status : `“${thread.title}”`
  notify(`${who} change came first: ${nounOf(facts).toLowerCase()} is now ${result}.`, {
    label: 'Use mine',
    run: () => void changeFacts(live, live.thread ?? thread, facts, nameOf),
  })
}
