// An organization's threads and activity: loaded, kept current by events, and loaded anew where events were missed.
import type { Activity, Thread } from '../../shared/api.ts'
import { organizationChannel } from '../../shared/api.ts'
import type { Observable, Realtime, RealtimeChannel } from '../realtime/realtime.ts'
import { Variable } from '../realtime/variable.ts'
import { reasonOf } from '../theme/errors.ts'
import { leavesHole, mergeActivity } from './activityFeed.ts'
import { onBroadcast } from './broadcasts.ts'
import { Collection } from './collection.ts'
import { requestJson } from './http.ts'
import { newerThread } from './newer.ts'
import { activities, thread as threadSchema, threads as threadsSchema } from './schemas.ts'
import { Sync } from './sync.ts'

/** Something that is loaded. `failed`: with nothing to show; it is tried again. */
export type Loaded<Value> =
  | { readonly status: 'loading' }
  | { readonly status: 'failed'; readonly reason: string }
  | { readonly status: 'ready'; readonly value: Value }

const LOADING = { status: 'loading' } as const

/** Threads and activity of the organization of who is signed in. */
export class OrganizationLive {
  readonly #channel: RealtimeChannel
  readonly #collection = new Collection<Thread>(newerThread)
  readonly #threads = new Variable<Loaded<readonly Thread[]>>(LOADING)
  readonly #activity = new Variable<Loaded<readonly Activity[]>>(LOADING)
  readonly #syncThreads = new Sync(
    () => this.#loadThreads(),
    (error) => fail(this.#threads, error),
  )
  readonly #syncActivity = new Sync(
    () => this.#loadActivity(),
    (error) => fail(this.#activity, error),
  )

  constructor(realtime: Realtime, organization: string) {
    this.#channel = realtime.subscribe(organizationChannel(organization))
    const put = ({ thread }: { readonly thread: Thread }) => this.#put(thread)
    onBroadcast(this.#channel, 'thread:created', put)
    onBroadcast(this.#channel, 'thread:updated', put)
    onBroadcast(this.#channel, 'status:changed', put)
    onBroadcast(this.#channel, 'thread:deleted', ({ id }) => this.#remove(id))
    onBroadcast(this.#channel, 'activity', ({ activity }) => this.#happened(activity))
    this.#channel.onMissed(this.reload)
    // Nobody may be signed in any more: the backend says so.
    this.#channel.state.subscribe(() => this.#channel.state.getSnapshot() === 'refused' && this.reload())
    this.reload()
  }

  /** The threads; the one that was touched last comes first. */
  get threads(): Observable<Loaded<readonly Thread[]>> {
    return this.#threads
  }

  /** What happened, the newest first. */
  get activity(): Observable<Loaded<readonly Activity[]>> {
    return this.#activity
  }

  /** Loads everything anew. */
  readonly reload = (): void => {
    this.#syncThreads.want()
    this.#syncActivity.want()
  }

  /**
   * Makes a thread.
   * @param id a UUID: sent twice, it is one thread
   * @throws RequestError when it was refused
   */
  async create(id: string, title: string, description: string): Promise<void> {
    this.#put(await requestJson(threadSchema, 'POST', '/api/threads', { id, title, description }))
  }

  /** Ends it. */
  close(): void {
    this.#syncThreads.stop()
    this.#syncActivity.stop()
    this.#channel.leave()
  }

  async #loadThreads(): Promise<void> {
    this.#collection.loading()
    this.#collection.loaded(await requestJson(threadsSchema, 'GET', '/api/threads'))
    this.#showThreads()
  }

  async #loadActivity(): Promise<void> {
    const after = this.#lines[0]?.sequence
    const path = after === undefined ? '/api/activity' : `/api/activity?after=${after}`
    const lines = await requestJson(activities, 'GET', path)
    this.#activity.set({ status: 'ready', value: mergeActivity(this.#lines, lines) })
  }

  get #lines(): readonly Activity[] {
    const shown = this.#activity.getSnapshot()
    return shown.status === 'ready' ? shown.value : []
  }

  #put(thread: Thread): void {
    this.#collection.put(thread)
    if (this.#threads.getSnapshot().status === 'ready') this.#showThreads()
  }

  #remove(id: string): void {
    this.#collection.remove(id)
    if (this.#threads.getSnapshot().status === 'ready') this.#showThreads()
  }

  #happened(line: Activity): void {
    if (this.#activity.getSnapshot().status !== 'ready' || leavesHole(this.#lines, line)) {
      this.#syncActivity.want()
      return
    }
    this.#activity.set({ status: 'ready', value: mergeActivity(this.#lines, [line]) })
    this.#count(line)
  }

  /** Comments and items are told to those who look at their thread; the list learns of them by the activity. */
  #count({ kind, thread: id, at }: Activity): void {
    const thread = this.#collection.get(id)
    // What a load has brought already is counted.
    if (thread === undefined || at <= thread.updatedAt) return
    if (kind === 'comment:created') this.#put({ ...thread, comments: thread.comments + 1, updatedAt: at })
    if (kind === 'item:added') this.#put({ ...thread, items: thread.items + 1, updatedAt: at })
  }

  #showThreads(): void {
    const value = [...this.#collection.all].sort(
      (a, b) => b.updatedAt - a.updatedAt || (a.id < b.id ? 1 : -1),
    )
    this.#threads.set({ status: 'ready', value })
  }
}

/** What is shown already stays shown; the connection's banner speaks of the trouble. */
function fail<Value>(shown: Variable<Loaded<Value>>, error: unknown): void {
  if (shown.getSnapshot().status !== 'ready') shown.set({ status: 'failed', reason: reasonOf(error) })
}
