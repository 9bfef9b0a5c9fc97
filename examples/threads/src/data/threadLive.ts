// One thread: loaded, kept current by events, and changed by its reader, whose changes are shown at once.
import { type Comment, type Item, type Thread, threadChannel } from '../../shared/api.ts'
import type { Realtime, RealtimeChannel } from '../realtime/realtime.ts'
import { Variable } from '../realtime/variable.ts'
import { reasonOf } from '../theme/errors.ts'
import { onBroadcast } from './broadcasts.ts'
import { Collection } from './collection.ts'
import { RequestError, requestJson } from './http.ts'
import { newerComment, newerItem, newerThread } from './newer.ts'
import { dismissDecisions } from './notices.ts'
import { Optimistic } from './optimistic.ts'
import { comments as commentsSchema, threadDetail } from './schemas.ts'
import { Sync } from './sync.ts'
import { confirmed, type ThreadState } from './threadState.ts'

/** `missing`: there is none for this person. `deleted`: it was there a moment ago; `by` is a user's id. */
export type ThreadView =
  | { readonly status: 'loading' }
  | { readonly status: 'failed'; readonly reason: string }
  | { readonly status: 'missing' }
  | { readonly status: 'deleted'; readonly by: string | undefined; readonly title: string }
  | { readonly status: 'ready'; readonly state: ThreadState }

const FORBIDDEN = 403
const NOT_FOUND = 404

/** A thread as long as its page is open. */
export class ThreadLive {
  readonly id: string
  readonly channel: RealtimeChannel
  readonly view = new Variable<ThreadView>({ status: 'loading' })
  readonly optimistic = new Optimistic<ThreadState>()
  #thread: Thread | undefined
  /** Who made the newest known version, where an event said so. */
  #changedBy: { readonly version: number; readonly actor: string } | undefined
  readonly #comments = new Collection<Comment>(newerComment)
  readonly #items = new Collection<Item>(newerItem)
  readonly #sync = new Sync(
    () => this.#load(),
    (error) => this.#failed(error),
  )

  constructor(realtime: Realtime, id: string) {
    this.id = id
    this.channel = realtime.subscribe(threadChannel(id))
    this.#listen()
    this.channel.onMissed(this.reload)
    // It may be gone, or somebody else's: the backend says which.
    this.channel.state.subscribe(() => this.channel.state.getSnapshot() === 'refused' && this.reload())
    this.reload()
  }

  /** The thread as the backend has it, as far as it is known. */
  get thread(): Thread | undefined {
    return this.#thread
  }

  /** Who made the present version, where that is known. */
  get changedBy(): string | undefined {
    return this.#changedBy?.version === this.#thread?.version ? this.#changedBy?.actor : undefined
  }

  /** Loads everything anew. */
  readonly reload = (): void => this.#sync.want()

  /** Takes a version of the thread that the backend has told. */
  putThread(thread: Thread, actor?: string): void {
    const isNew = this.#thread === undefined || thread.version >= this.#thread.version
    if (isNew && actor !== undefined) this.#changedBy = { version: thread.version, actor }
    this.#thread = this.#thread === undefined ? thread : newerThread(this.#thread, thread)
    this.show()
  }

  /** Takes a comment that the backend has told. */
  putComment(comment: Comment): void {
    this.optimistic.settle(comment.id)
    this.#comments.put(comment)
    this.show()
  }

  /** Takes note that a comment is gone. */
  removeComment(id: string): void {
    this.#comments.remove(id)
    this.show()
  }

  /** Takes an item that the backend has told. */
  putItem(item: Item): void {
    this.optimistic.settle(item.id)
    this.#items.put(item)
    this.show()
  }

  /** Takes note that an item is gone. */
  removeItem(id: string): void {
    this.#items.remove(id)
    this.show()
  }

  /** Takes note that the thread is gone, for ever. */
  deleted(by: string | undefined): void {
    const title = this.#thread?.title ?? ''
    this.#sync.stop()
    dismissDecisions()
    this.view.set({ status: 'deleted', by, title })
  }

  /** Shows what is known, and over it what is under way. */
  show(): void {
    const { status } = this.view.getSnapshot()
    if (status !== 'ready' || this.#thread === undefined) return
    this.#showState(this.#thread)
  }

  /** Loads the comments before the oldest one shown. @throws RequestError */
  async loadEarlier(): Promise<void> {
    const oldest = this.#comments.all.reduce<Comment | undefined>(
      (first, comment) => (first === undefined || comment.createdAt < first.createdAt ? comment : first),
      undefined,
    )
    if (oldest === undefined) return
    const path = `/api/threads/${this.id}/comments?before=${oldest.id}`
    for (const comment of await requestJson(commentsSchema, 'GET', path)) this.#comments.put(comment)
    this.show()
  }

  /** Ends it. */
  close(): void {
    this.#sync.stop()
    dismissDecisions()
    this.channel.leave()
  }

  #listen(): void {
    const { channel } = this
    const put = ({ thread, actor }: { readonly thread: Thread; readonly actor: string }) => {
      if (thread.id === this.id) this.putThread(thread, actor)
    }
    onBroadcast(channel, 'thread:updated', put)
    onBroadcast(channel, 'status:changed', put)
    onBroadcast(channel, 'thread:deleted', ({ id, actor }) => {
      if (id === this.id) this.deleted(actor)
    })
    onBroadcast(channel, 'comment:created', ({ comment }) => this.putComment(comment))
    onBroadcast(channel, 'comment:updated', ({ comment }) => this.putComment(comment))
    onBroadcast(channel, 'comment:deleted', ({ id }) => this.removeComment(id))
    onBroadcast(channel, 'item:added', ({ item }) => this.putItem(item))
    onBroadcast(channel, 'item:removed', ({ id }) => this.removeItem(id))
  }

  async #load(): Promise<void> {
    this.#comments.loading()
    this.#items.loading()
    const { thread, comments, items } = await requestJson(threadDetail, 'GET', `/api/threads/${this.id}`)
    if (this.view.getSnapshot().status === 'deleted') return
    this.#thread = this.#thread === undefined ? thread : newerThread(this.#thread, thread)
    // What failed for lack of an answer may have arrived all the same.
    for (const { id } of [...comments, ...items]) this.optimistic.settle(id)
    this.#comments.loaded(comments, coveredBy(comments, thread.comments))
    this.#items.loaded(items)
    this.#showState(this.#thread)
  }

  #showState(thread: Thread): void {
    const state = this.optimistic.over(confirmed(thread, this.#comments.all, this.#items.all))
    this.view.set({ status: 'ready', state })
  }

  #failed(error: unknown): void {
    const { status } = this.view.getSnapshot()
    if (status === 'deleted') return
    const isGone = error instanceof RequestError && [FORBIDDEN, NOT_FOUND].includes(error.status)
    if (isGone && status === 'ready') this.deleted(undefined)
    else if (isGone) this.#missing()
    // What is shown already stays shown; the connection's banner speaks of the trouble.
    else if (status !== 'ready') this.view.set({ status: 'failed', reason: reasonOf(error) })
  }

  #missing(): void {
    this.#sync.stop()
    this.view.set({ status: 'missing' })
  }
}

/** Of a long discussion only the newest comments are loaded; earlier ones that are shown already stay. */
function coveredBy(comments: readonly Comment[], total: number): (comment: Comment) => boolean {
  const oldest = Math.min(...comments.map(({ createdAt }) => createdAt))
  return comments.length < total ? ({ createdAt }) => createdAt >= oldest : () => true
}
