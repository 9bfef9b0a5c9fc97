// What the pages and the backend of Threads say to each other: over HTTP (under /api), and over channels.

/** `pusher`: pusher-js in the page. `nowcast`: @nowcast/react. The page asks for it with `?client=`, and remembers it. */
export type ClientKind = 'pusher' | 'nowcast'

/** Somebody with an account. */
export interface Person {
  readonly id: string
  readonly name: string
  /** Address of a picture, or empty. */
  readonly avatar: string
}

/** A tenant of Threads; its people see nothing of the others'. */
export interface Organization {
  readonly id: string
  readonly name: string
}

/** What a signed-in page needs first: `GET /api/me` (401 when nobody is signed in). */
export interface Me {
  readonly user: Person
  readonly organization: Organization
  readonly people: readonly Person[]
  /** Where the realtime server is. */
  readonly realtime: { readonly host: string; readonly port: number; readonly key: string }
}

/** Accounts that the sign-in page offers: `GET /api/accounts`. The password of each is `threads`. */
export interface Account extends Person {
  readonly email: string
  readonly organization: Organization
}

export type ThreadStatus = 'open' | 'in-progress' | 'resolved' | 'archived'

/** A discussion. */
export interface Thread {
  readonly id: string
  readonly title: string
  readonly description: string
  readonly status: ThreadStatus
  readonly author: string
  /** Milliseconds since 1970. */
  readonly createdAt: number
  readonly updatedAt: number
  /** Rises with each change of title, description or status: an older one never replaces a newer one. */
  readonly version: number
  readonly comments: number
  readonly items: number
}

export interface Comment {
  /** Chosen by the page that wrote it (a UUID): sending it twice makes one comment. */
  readonly id: string
  readonly thread: string
  readonly author: string
  readonly body: string
  readonly createdAt: number
  readonly editedAt?: number
}

export type ItemKind = 'link' | 'task' | 'file'

/** Something that a thread is connected with. */
export interface Item {
  readonly id: string
  readonly thread: string
  readonly kind: ItemKind
  readonly title: string
  readonly url: string
  readonly addedBy: string
  readonly createdAt: number
}

export type ActivityKind =
  | 'thread:created'
  | 'thread:updated'
  | 'thread:deleted'
  | 'status:changed'
  | 'comment:created'
  | 'item:added'

/** One line of an organization's activity feed. */
export interface Activity {
  /** 1, 2, 3… within the organization. */
  readonly sequence: number
  readonly kind: ActivityKind
  readonly actor: string
  readonly thread: string
  readonly threadTitle: string
  /** What to say of it, e.g. the new status or the beginning of the comment. */
  readonly detail: string
  readonly at: number
}

/** A thread with all that belongs to it: `GET /api/threads/:id`. */
export interface ThreadDetail {
  readonly thread: Thread
  readonly comments: readonly Comment[]
  readonly items: readonly Item[]
}

/** The bodies of requests. Answers carry what was made or changed; refusals are `{ error: { code, message } }`. */
export interface Requests {
  'POST /api/login': { readonly email: string; readonly password: string }
  'POST /api/logout': Record<never, never>
  'POST /api/threads': { readonly id: string; readonly title: string; readonly description: string }
  /** 409 with the current thread when `version` is not the current one; what is absent stays. */
  'PATCH /api/threads/:id': Partial<Pick<Thread, 'title' | 'description' | 'status'>> & {
    readonly version: number
  }
  'DELETE /api/threads/:id': undefined
  'POST /api/threads/:id/comments': Pick<Comment, 'id' | 'body'>
  'PATCH /api/comments/:id': Pick<Comment, 'body'>
  'DELETE /api/comments/:id': undefined
  'POST /api/threads/:id/items': Pick<Item, 'id' | 'kind' | 'title' | 'url'>
  'DELETE /api/items/:id': undefined
  /** Form-encoded, as pusher-js sends it: `socket_id`, `channel_name`. 403 for who has no access. */
  'POST /api/realtime/auth': { readonly socket_id: string; readonly channel_name: string }
  /** The text that several people edit, as one Yjs update (bytes): stored by the backend, merged with what it has. */
  'PUT /api/threads/:id/document': Uint8Array
}

/** What is read: `GET` of each. `/api/activity` answers the newest 50; `?after=` what came since that sequence. */
export interface Answers {
  'GET /api/accounts': readonly Account[]
  'GET /api/me': Me
  'GET /api/threads': readonly Thread[]
  /** With its newest 1,000 comments, oldest first. */
  'GET /api/threads/:id': ThreadDetail
  /** The newest 1,000; `?before=` (the id of a comment): those before it. */
  'GET /api/threads/:id/comments': readonly Comment[]
  'GET /api/activity': readonly Activity[]
  /** A token for @nowcast/client, as text. */
  'GET /api/realtime/token': string
  'GET /api/threads/:id/document': Uint8Array
}

/** Carries an organization's threads and activity. */
export const organizationChannel = (organization: string): string => `private-org-${organization}`

/** Carries what happens in one thread; its members are those who look at it. */
export const threadChannel = (thread: string): string => `presence-thread-${thread}`

/** Events that the backend broadcasts, by name, each with a timestamp (milliseconds since 1970). */
export interface Broadcasts {
  /** On the organization's channel and the thread's. */
  'thread:created': { readonly thread: Thread; readonly at: number }
  'thread:updated': { readonly thread: Thread; readonly actor: string; readonly at: number }
  'status:changed': { readonly thread: Thread; readonly actor: string; readonly at: number }
  'thread:deleted': { readonly id: string; readonly actor: string; readonly at: number }
  /** On the thread's channel. */
  'comment:created': { readonly comment: Comment; readonly at: number }
  'comment:updated': { readonly comment: Comment; readonly at: number }
  'comment:deleted': { readonly id: string; readonly thread: string; readonly at: number }
  'item:added': { readonly item: Item; readonly at: number }
  'item:removed': { readonly id: string; readonly thread: string; readonly at: number }
  /** On the organization's channel. */
  activity: { readonly activity: Activity; readonly at: number }
}

/** Events that pages send to one another on a thread's channel. */
export interface ClientEvents {
  'client-typing': { readonly user: string; readonly typing: boolean }
}
