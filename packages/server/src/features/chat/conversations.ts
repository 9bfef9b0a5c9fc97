// Conversations: creating and finding them, and direct ones between two users.
import { createHash, randomUUID } from 'node:crypto'
import {
  type Commands,
  type Conversation,
  NowcastError,
  type Results,
  type UserProfile,
} from '@nowcast/protocol'
import type { User } from '../../core/connection.ts'
import type { Store } from '../../store/store.ts'
import { profileOf } from './profiles.ts'
import type { UserNews } from './userNews.ts'

/** What the conversations feature works with. */
export interface ConversationsParts {
  readonly app: string
  readonly store: Store
  readonly news: UserNews
  readonly maxMembers: number
}

/** Over this many, all are forgotten and stored again, which changes nothing. */
const MAX_REMEMBERED_USERS = 20_000
/** Ids of direct conversations start with this. */
const DIRECT_PREFIX = 'dm-'

/** Conversations of one app. */
export class Conversations {
  readonly #parts: ConversationsParts
  /** Profiles that are stored, as text, by user. */
  readonly #remembered = new Map<string, string>()

  constructor(parts: ConversationsParts) {
    this.#parts = parts
  }

  /** @throws NowcastError `conversation_exists`, `conversation_full`, `invalid_command` */
  async create(user: User, command: Commands['conversation.create']): Promise<Conversation> {
    // Anybody can work out the id of two others' direct conversation: nobody may take it from them.
    if (command.conversation?.startsWith(DIRECT_PREFIX)) {
      throw new NowcastError('invalid_command', `"conversation" must not start with ${DIRECT_PREFIX}.`, {
        field: 'conversation',
      })
    }
    const { app, store, maxMembers } = this.#parts
    const creator = profileOf(user)
    const members = [...new Set(command.members ?? [])].filter((id) => id !== user.id)
    const change = await store.create({
      app,
      id: command.conversation ?? randomUUID(),
      kind: command.kind ?? 'open',
      name: command.name.trim(),
      support: command.support ?? false,
      creator,
      members,
      maxMembers,
    })
    if (change.changed) await this.#tell(user.id, members, change.value)
    return change.value
  }

  /** The direct conversation with another user, made when there is none. @throws NowcastError `invalid_command` */
  async direct(user: User, command: Commands['conversation.direct']): Promise<Conversation> {
    if (command.user === user.id) {
      throw new NowcastError('invalid_command', 'A direct conversation needs another user.', {
        field: 'user',
      })
    }
    const { app, store } = this.#parts
    const change = await store.create({
      app,
      id: directId(user.id, command.user),
      kind: 'direct',
      name: '',
      support: false,
      creator: profileOf(user),
      members: [command.user],
      maxMembers: 2,
    })
    if (change.changed) await this.#tell(user.id, [command.user], change.value)
    return store.get(app, change.value.id, user.id)
  }

  /** Those the user is a member of, or could join. It is what every client asks first, so names are learnt here. */
  async list(user: User, command: Commands['conversation.list']): Promise<Results['conversation.list']> {
    await this.#remember(profileOf(user))
    return { conversations: await this.#parts.store.list(this.#parts.app, user.id, command.scope) }
  }

  /** @throws NowcastError `conversation_not_found` */
  get(user: User, command: Commands['conversation.get']): Promise<Conversation> {
    return this.#parts.store.get(this.#parts.app, command.conversation, user.id)
  }

  /** @throws NowcastError `not_a_member`, `conversation_not_found` */
  async members(
    user: User,
    command: Commands['conversation.members'],
  ): Promise<Results['conversation.members']> {
    const { app, store } = this.#parts
    await this.requireMember(user, command.conversation)
    return { members: await store.members(app, command.conversation) }
  }

  /** Whether a user may see what happens in a conversation. @throws NowcastError `conversation_not_found` */
  async mayRead(user: User | undefined, conversation: string): Promise<boolean> {
    if (user === undefined) return false
    const membership = await this.#parts.store.membership(this.#parts.app, conversation, user.id)
    if (membership.role === undefined && membership.kind !== 'open') {
      throw new NowcastError('conversation_not_found', 'There is no such conversation.')
    }
    return membership.role !== undefined
  }

  /** @throws NowcastError `not_a_member`, `conversation_not_found` */
  async requireMember(user: User, conversation: string): Promise<void> {
    if (await this.mayRead(user, conversation)) return
    throw new NowcastError('not_a_member', 'You are not a member of this conversation.')
  }

  /** Stores how a user is shown, unless this node has done so already. */
  async #remember(profile: UserProfile): Promise<void> {
    const shown = JSON.stringify(profile)
    if (this.#remembered.get(profile.id) === shown) return
    await this.#parts.store.rememberUser(this.#parts.app, profile)
    if (this.#remembered.size >= MAX_REMEMBERED_USERS) this.#remembered.clear()
    this.#remembered.set(profile.id, shown)
  }

  /** Tells those who are in a new conversation that it is in their lists now. */
  async #tell(creator: string, members: readonly string[], created: Conversation): Promise<void> {
    const { app, store, news } = this.#parts
    const [first] = members
    // Its creator sees it differently than the others, who all see the same.
    const seen = first === undefined ? created : store.get(app, created.id, first)
    await Promise.all([
      news.tell(creator, 'conversation:added', created),
      ...members.map((user) => news.tell(user, 'conversation:added', seen)),
    ])
  }
}

/** The same for both users, and for nobody else. */
function directId(one: string, other: string): string {
  const pair = JSON.stringify([one, other].sort())
  return `${DIRECT_PREFIX}${createHash('sha256').update(pair).digest('base64url').slice(0, 24)}`
}
