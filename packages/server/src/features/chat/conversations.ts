// Conversations: creating, finding, joining and leaving, and direct ones between two users.
import { createHash, randomUUID } from 'node:crypto'
import {
  type Commands,
  type Conversation,
  conversationChannel,
  NowcastError,
  type Results,
  type UserProfile,
  userChannel,
} from '@nowcast/protocol'
import type { User } from '../../core/connection.ts'
import type { Hub } from '../../core/hub.ts'
import type { Engine } from '../../engine/engine.ts'
import { channelKey } from '../../foundation/channelKey.ts'
import type { Clock } from '../../foundation/clock.ts'
import type { Logger } from '../../foundation/log.ts'
import type { Store } from '../../store/store.ts'
import type { Announcements } from './announcements.ts'

/** What the conversations feature works with. */
export interface ConversationsParts {
  readonly app: string
  readonly store: Store
  readonly engine: Engine
  readonly hub: Hub
  readonly announcements: Announcements
  readonly clock: Clock
  readonly log: Logger
  readonly maxMembers: number
}

/** Over this many, all are forgotten and stored again, which changes nothing. */
const MAX_REMEMBERED_USERS = 20_000
/** Ids of direct conversations start with this. */
const DIRECT_PREFIX = 'dm-'
/** How long a user's own channel keeps what happened to their list. */
const USER_HISTORY = { size: 50, ttlMs: 300_000 }

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
    if (change.changed) await this.#tell([user.id, ...members], change.value)
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
    if (change.changed) await this.#tell([user.id, command.user], change.value)
    return store.get(app, change.value.id, user.id)
  }

  /** @throws NowcastError `conversation_not_found`, `conversation_full` */
  async join(user: User, command: Commands['conversation.join']): Promise<Conversation> {
    const { app, store, announcements, clock } = this.#parts
    const { conversation } = command
    const change = await store.join(app, conversation, profileOf(user))
    const joined = await store.get(app, conversation, user.id)
    if (change.changed) {
      announcements.announce({
        app,
        conversation,
        name: 'member:joined',
        data: change.value,
        position: change.position,
        sender: user.id,
        timestamp: clock.now(),
      })
      await this.#tell([user.id], joined)
    }
    return joined
  }

  /** @throws NowcastError `conversation_not_found`, `forbidden` for a direct one */
  async leave(user: User, command: Commands['conversation.leave']): Promise<Results['conversation.leave']> {
    const { app, store, announcements, clock } = this.#parts
    const { conversation } = command
    const change = await store.leave(app, conversation, user.id)
    if (change.changed) {
      announcements.announce({
        app,
        conversation,
        name: 'member:left',
        data: { id: user.id },
        position: change.position,
        sender: user.id,
        timestamp: clock.now(),
      })
      await this.#publish(user.id, 'conversation:removed', () => ({ id: conversation }))
    }
    return {}
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
    if (!(await this.mayRead(user, command.conversation))) {
      throw new NowcastError('not_a_member', 'You are not a member of this conversation.')
    }
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

  /** Ends what a former member still receives on this node. */
  memberLeft(conversation: string, user: string): void {
    const key = channelKey(this.#parts.app, conversationChannel(conversation))
    const error = new NowcastError('not_a_member', 'You have left this conversation.').toWire()
    this.#parts.hub.expel(key, (connection) => connection.user?.id === user, error)
  }

  /** Stores how a user is shown, unless this node has done so already. */
  async #remember(profile: UserProfile): Promise<void> {
    const shown = JSON.stringify(profile)
    if (this.#remembered.get(profile.id) === shown) return
    await this.#parts.store.rememberUser(this.#parts.app, profile)
    if (this.#remembered.size >= MAX_REMEMBERED_USERS) this.#remembered.clear()
    this.#remembered.set(profile.id, shown)
  }

  /** Tells users that a conversation is now in their list. */
  async #tell(users: readonly string[], conversation: Conversation): Promise<void> {
    const { app, store } = this.#parts
    for (const user of users) {
      // Each sees it differently: the role, and in a direct conversation the other user.
      await this.#publish(user, 'conversation:added', () => store.get(app, conversation.id, user))
    }
  }

  async #publish(
    user: string,
    name: string,
    news: () => Promise<Conversation> | { readonly id: string },
  ): Promise<void> {
    const { app, engine, log } = this.#parts
    try {
      const request = {
        id: randomUUID(),
        name,
        data: await news(),
        history: USER_HISTORY,
        idScope: 'app',
      } as const
      await engine.publish(channelKey(app, userChannel(user)), request)
    } catch (error) {
      // What happened is committed. The list itself is in the database; the client loads it when it reconnects.
      log.warn({ error }, "a change of a user's list of conversations could not be announced")
    }
  }
}

function profileOf(user: User): UserProfile {
  return {
    id: user.id,
    ...(user.name === undefined ? {} : { name: user.name }),
    ...(user.avatar === undefined ? {} : { avatar: user.avatar }),
  }
}

/** The same for both users, and for nobody else. */
function directId(one: string, other: string): string {
  const pair = JSON.stringify([one, other].sort())
  return `${DIRECT_PREFIX}${createHash('sha256').update(pair).digest('base64url').slice(0, 24)}`
}
