// Writing, editing and deleting comments: shown at once; what was refused is taken back, or kept to be sent again.
import type { Comment } from '../../shared/api.ts'
import { reasonOf } from '../theme/errors.ts'
import { RequestError, request, requestJson } from './http.ts'
import { newId } from './newId.ts'
import { notify } from './notices.ts'
import { comment as commentSchema } from './schemas.ts'
import type { ThreadLive } from './threadLive.ts'
import { type Delivery, withBody, withComment, withoutComment } from './threadState.ts'

const NOT_FOUND = 404

/** Writes a comment. When it can't be sent it stays, marked as failed. */
export function writeComment(live: ThreadLive, author: string, body: string): Promise<void> {
  return sendComment(live, { id: newId(), thread: live.id, author, body, createdAt: Date.now() })
}

/** Sends a comment, again where it failed: its id makes it one comment, however often it arrives. */
export async function sendComment(live: ThreadLive, comment: Comment): Promise<void> {
  const { id, body } = comment
  show(live, comment, { status: 'sending' })
  try {
    const path = `/api/threads/${live.id}/comments`
    const made = await requestJson(commentSchema, 'POST', path, { id, body })
    live.optimistic.settle(id)
    live.putComment(made)
  } catch (error) {
    show(live, comment, { status: 'failed', reason: reasonOf(error) })
  }
}

/** Gives up a comment that could not be sent. */
export function discardComment(live: ThreadLive, id: string): void {
  live.optimistic.settle(id)
  live.show()
}

/** Gives a comment another text. @returns false when it was refused, which a notice says */
export async function editComment(live: ThreadLive, id: string, body: string): Promise<boolean> {
  const change = newId()
  live.optimistic.show({ id: change, apply: withBody(id, body) })
  live.show()
  try {
    const edited = await requestJson(commentSchema, 'PATCH', `/api/comments/${id}`, { body })
    live.optimistic.settle(change)
    live.putComment(edited)
    return true
  } catch (error) {
    live.optimistic.settle(change)
    live.show()
    notify(`The comment was not changed. ${reasonOf(error)}`)
    return false
  }
}

/** Deletes a comment; when that is refused it comes back, and a notice says why. */
export async function deleteComment(live: ThreadLive, id: string): Promise<void> {
  const change = newId()
  live.optimistic.show({ id: change, apply: withoutComment(id) })
  live.show()
  try {
    await request('DELETE', `/api/comments/${id}`)
    live.optimistic.settle(change)
    live.removeComment(id)
  } catch (error) {
    live.optimistic.settle(change)
    // Somebody else has deleted it: that is what was wanted.
    if (error instanceof RequestError && error.status === NOT_FOUND) live.removeComment(id)
    else notify(`The comment was not deleted. ${reasonOf(error)}`)
    live.show()
  }
}

function show(live: ThreadLive, comment: Comment, delivery: Delivery): void {
  live.optimistic.show({ id: comment.id, apply: withComment({ ...comment, delivery }) })
  live.show()
}
