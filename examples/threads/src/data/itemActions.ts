// Adding and removing what a thread is connected with: shown at once, taken back with a notice when it was refused.
import type { Item } from '../../shared/api.ts'
import { reasonOf } from '../theme/errors.ts'
import { RequestError, request, requestJson } from './http.ts'
import { newId } from './newId.ts'
import { notify } from './notices.ts'
import { item as itemSchema } from './schemas.ts'
import type { ThreadLive } from './threadLive.ts'
import { withItem, withoutItem } from './threadState.ts'

/** What a person says of an item. */
export type ItemDraft = Pick<Item, 'kind' | 'title' | 'url'>

const NOT_FOUND = 404

/** Adds an item. @returns false when it was refused, which a notice says */
export async function addItem(live: ThreadLive, addedBy: string, draft: ItemDraft): Promise<boolean> {
  const id = newId()
  const item: Item = { ...draft, id, thread: live.id, addedBy, createdAt: Date.now() }
  live.optimistic.show({ id, apply: withItem({ ...item, delivery: { status: 'sending' } }) })
  live.show()
  try {
    const made = await requestJson(itemSchema, 'POST', `/api/threads/${live.id}/items`, { id, ...draft })
    live.optimistic.settle(id)
    live.putItem(made)
    return true
  } catch (error) {
    live.optimistic.settle(id)
    live.show()
    notify(`“${draft.title}” was not added. ${reasonOf(error)}`)
    return false
  }
}

/** Removes an item; when that is refused it comes back, and a notice says why. */
export async function removeItem(live: ThreadLive, { id, title }: Item): Promise<void> {
  const change = newId()
  live.optimistic.show({ id: change, apply: withoutItem(id) })
  live.show()
  try {
    await request('DELETE', `/api/items/${id}`)
    live.optimistic.settle(change)
    live.removeItem(id)
  } catch (error) {
    live.optimistic.settle(change)
    // Somebody else has removed it: that is what was wanted.
    if (error instanceof RequestError && error.status === NOT_FOUND) live.removeItem(id)
    else notify(`“${title}” was not removed. ${reasonOf(error)}`)
    live.show()
  }
}
