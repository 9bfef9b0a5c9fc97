// What the backend may say, checked where it arrives: what does not fit is not shown.
import * as z from 'zod/mini'
import type {
  Account,
  Activity,
  Broadcasts,
  ClientEvents,
  Comment,
  Item,
  Me,
  Person,
  Thread,
  ThreadDetail,
} from '../../shared/api.ts'

type Of<Type> = z.ZodMiniType<Type>

const organization = z.object({ id: z.string(), name: z.string() })
const person: Of<Person> = z.object({ id: z.string(), name: z.string(), avatar: z.string() })

/** An account that the sign-in page offers. */
const account: Of<Account> = z.object({
  id: z.string(),
  name: z.string(),
  avatar: z.string(),
  email: z.string(),
  organization,
})

/** The sign-in page's accounts. */
export const accounts: Of<Account[]> = z.array(account)

/** Who is signed in. */
export const me: Of<Me> = z.object({
  user: person,
  organization,
  people: z.array(person),
  realtime: z.object({ host: z.string(), port: z.number(), key: z.string() }),
})

/** A thread. */
export const thread: Of<Thread> = z.object({
  id: z.string(),
  title: z.string(),
  description: z.string(),
  status: z.enum(['open', 'in-progress', 'resolved', 'archived']),
  author: z.string(),
  createdAt: z.number(),
  updatedAt: z.number(),
  version: z.number(),
  comments: z.number(),
  items: z.number(),
})

/** All threads of an organization. */
export const threads: Of<Thread[]> = z.array(thread)

/** A comment. */
export const comment: Of<Comment> = z.object({
  id: z.string(),
  thread: z.string(),
  author: z.string(),
  body: z.string(),
  createdAt: z.number(),
  editedAt: z.exactOptional(z.number()),
})

/** Comments of a thread. */
export const comments: Of<Comment[]> = z.array(comment)

/** Something that a thread is connected with. */
export const item: Of<Item> = z.object({
  id: z.string(),
  thread: z.string(),
  kind: z.enum(['link', 'task', 'file']),
  title: z.string(),
  url: z.string(),
  addedBy: z.string(),
  createdAt: z.number(),
})

/** A thread with all that belongs to it. */
export const threadDetail: Of<ThreadDetail> = z.object({
  thread,
  comments: z.array(comment),
  items: z.array(item),
})

const activity: Of<Activity> = z.object({
  sequence: z.number(),
  kind: z.enum([
    'thread:created',
    'thread:updated',
    'thread:deleted',
    'status:changed',
    'comment:created',
    'item:added',
  ]),
  actor: z.string(),
  thread: z.string(),
  threadTitle: z.string(),
  detail: z.string(),
  at: z.number(),
})

/** Lines of the activity feed. */
export const activities: Of<Activity[]> = z.array(activity)

const at = z.number()
const threadChange = z.object({ thread, actor: z.string(), at })

/** What the backend broadcasts. */
export const broadcasts: { readonly [Name in keyof Broadcasts]: Of<Broadcasts[Name]> } = {
  'thread:created': z.object({ thread, at }),
  'thread:updated': threadChange,
  'status:changed': threadChange,
  'thread:deleted': z.object({ id: z.string(), actor: z.string(), at }),
  'comment:created': z.object({ comment, at }),
  'comment:updated': z.object({ comment, at }),
  'comment:deleted': z.object({ id: z.string(), thread: z.string(), at }),
  'item:added': z.object({ item, at }),
  'item:removed': z.object({ id: z.string(), thread: z.string(), at }),
  activity: z.object({ activity, at }),
}

/** What pages say to one another. */
export const clientEvents: { readonly [Name in keyof ClientEvents]: Of<ClientEvents[Name]> } = {
  'client-typing': z.object({ user: z.string(), typing: z.boolean() }),
}
