// One record of the application's, kept current by events.
import { useEffect, useMemo } from 'react'
import { Collection, type CollectionSnapshot, type CollectionSource } from '../collections/collection.ts'
import { type Bind, useActions } from '../live/useActions.ts'
import { useBatched } from '../live/useBatched.ts'
import { useLatest } from '../live/useLatest.ts'
import { useNowcast } from '../provider/context.ts'
import { versionOf } from './useCollection.ts'

/** What a record is made of: `initial`, `load`, or both. */
export interface RecordOptions<Value> {
  /** The record as the application has it already. Another one at a later render is taken unless a newer one is known. */
  readonly initial?: Value | undefined
  /** Asks the backend for the record: once the channel is subscribed, and again after each gap. Undefined: there is none. */
  readonly load?: () => Promise<Value | undefined>
  /**
   * By the name of an event: the record or those of its fields that have changed; null: there is none any more; undefined:
   * it is about something else.
   */
  readonly events: Readonly<Record<string, (data: never) => Partial<Value> | null | undefined>>
  /** A number that rises with each change: an older state never replaces a newer one. Default: the field `version`. */
  readonly version?: (record: Partial<Value>) => number | undefined
}

/** A record, where it stands, and what can be done with it. */
export interface RecordHandle<Value> extends Pick<CollectionSnapshot<Value>, 'status' | 'error'> {
  /** Undefined until it is known, and when there is none any more. */
  readonly record: Value | undefined
  /** True when it is known that there is none. */
  readonly deleted: boolean
  /** True while it is shown with changes whose requests are not answered yet. */
  readonly pending: boolean
  /**
   * Shows changed fields at once, and takes them back when the request is refused.
   * @param request tells the backend; may resolve to what the record, or a part of it, has become
   * @throws what the request was refused with
   */
  change(
    fields: Partial<Value>,
    request: () => Promise<Partial<Value> | undefined> | Promise<void>,
  ): Promise<void>
  /** Loads it anew. */
  reload(): void
}

type RecordActions<Value> = Pick<RecordHandle<Value>, 'change' | 'reload'>

const KEY = 'record'

/**
 * One record of the application's, live while the component is mounted. Functions may be others at each render; the newest
 * are called.
 * @param channel null: none
 */
export function useRecord<Value extends object>(
  channel: string | null,
  options: RecordOptions<Value>,
): RecordHandle<Value> {
  const client = useNowcast()
  const latest = useLatest(options)
  const { initial } = options
  // biome-ignore lint/correctness/useExhaustiveDependencies: a later one is offered below
  const collection = useMemo(
    () =>
      new Collection<Value>(
        channel === null ? undefined : client.channel(channel),
        () => toSource(latest.current),
        initial && [initial],
      ),
    [client, channel, latest],
  )
  useEffect(() => {
    if (initial !== undefined) collection.offer(initial)
  }, [collection, initial])
  const idle = useMemo(() => collection.getSnapshot(), [collection])
  const { status, error, items, pending } = useBatched<CollectionSnapshot<Value>>(collection, idle)
  const actions = useActions<Collection<Value>, RecordActions<Value>>(collection, actionsOf)
  const [record] = items
  const isPending = pending.length > 0
  return useMemo(
    () => ({
      status,
      ...(error && { error }),
      record,
      deleted: status === 'ready' && record === undefined,
      pending: isPending,
      ...actions,
    }),
    [status, error, record, isPending, actions],
  )
}

// A record is a list of one item.
function toSource<Value extends object>(options: RecordOptions<Value>): CollectionSource<Value> {
  const { load, events, version = versionOf } = options
  return {
    load:
      load &&
      (async () => {
        const record = await load()
        return record === undefined ? [] : [record]
      }),
    key: () => KEY,
    version,
    change(event, data) {
      const patch = Object.hasOwn(events, event) ? events[event]?.(data as never) : undefined
      if (patch === null) return { remove: KEY }
      return patch && { patch, key: KEY }
    },
  }
}

function actionsOf<Value extends object>(
  live: Collection<Value>,
  bind: Bind<Collection<Value>>,
): RecordActions<Value> {
  const change = bind(live.change)
  return {
    change: (patch, request) =>
      change({ patch, key: KEY }, async () => {
        const answer = await request()
        return answer === undefined ? undefined : { patch: answer, key: KEY }
      }),
    reload: bind(live.reload),
  }
}
