// A list of the application's, kept current by events.
import { useMemo } from 'react'
import { Collection, type CollectionSnapshot } from '../collections/collection.ts'
import type { Change } from '../collections/items.ts'
import { type Bind, useActions } from '../live/useActions.ts'
import { useBatched } from '../live/useBatched.ts'
import { useLatest } from '../live/useLatest.ts'
import { useNowcast } from '../provider/context.ts'

/** What a list is made of. */
export interface CollectionOptions<Item> {
  /** Asks the backend for the items as they are now: once the channel is subscribed, and again after each gap. */
  readonly load?: () => Promise<readonly Item[]>
  /** By the name of an event: what it means for the list. What is in an event is the application's word. */
  readonly events: Readonly<Record<string, (data: never) => Change<Item> | undefined>>
  /** Tells items apart. */
  readonly key: (item: Item) => string
  /** A number that rises with each change of an item. Default: its field `version`, where it has one. */
  readonly version?: (item: Partial<Item>) => number | undefined
  /** Default: in the order in which they were loaded and added. */
  readonly sort?: (one: Item, other: Item) => number
  /** What is shown before anything was loaded; that of the first render counts. */
  readonly initial?: readonly Item[]
}

type CollectionActions<Item extends object> = Pick<Collection<Item>, 'change' | 'reload'>

/** A list, where it stands, and what can be done with it. */
export type CollectionHandle<Item extends object> = CollectionSnapshot<Item> & CollectionActions<Item>

/**
 * A list of the application's, loaded and live while the component is mounted. Functions may be others at each render; the
 * newest are called.
 * @param channel null: none
 */
export function useCollection<Item extends object>(
  channel: string | null,
  options: CollectionOptions<Item>,
): CollectionHandle<Item> {
  const client = useNowcast()
  const latest = useLatest(options)
  // biome-ignore lint/correctness/useExhaustiveDependencies: a list begins with what it was first given
  const collection = useMemo(
    () =>
      new Collection(
        channel === null ? undefined : client.channel(channel),
        () => toSource(latest.current),
        options.initial,
      ),
    [client, channel, latest],
  )
  const idle = useMemo(() => collection.getSnapshot(), [collection])
  const snapshot = useBatched<CollectionSnapshot<Item>>(collection, idle)
  const actions = useActions<Collection<Item>, CollectionActions<Item>>(collection, actionsOf)
  return useMemo(() => ({ ...snapshot, ...actions }), [snapshot, actions])
}

function toSource<Item>({ load, events, key, version = versionOf, sort }: CollectionOptions<Item>) {
  return {
    load,
    key,
    version,
    sort,
    change: (event: string, data: unknown) =>
      Object.hasOwn(events, event) ? events[event]?.(data as never) : undefined,
  }
}

/** The field `version`, where it is a number. */
export function versionOf(item: object): number | undefined {
  return 'version' in item && typeof item.version === 'number' ? item.version : undefined
}

function actionsOf<Item extends object>(
  live: Collection<Item>,
  bind: Bind<Collection<Item>>,
): CollectionActions<Item> {
  return { change: bind(live.change), reload: bind(live.reload) }
}
