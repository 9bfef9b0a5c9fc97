// Who is a member, in which role, and how a conversation is run. Every change is committed first, then announced on the
// conversation's channel and to the users whose lists it changes.
import type { Commands, Conversation, Results } from '@nowcast/protocol'
import type { User } from '../../core/connection.ts'
import type { MembershipChange } from '../../store/membershipStore.ts'
import type { Store } from '../../store/store.ts'
import type { Announcements } from './announcements.ts'
import { profileOf } from './profiles.ts'
import type { UserNews } from './userNews.ts'

/** What the membership feature works with. */
export interface MembershipParts {
  readonly app: string
  readonly store: Store
  readonly announcements: Announcements
  readonly news: UserNews
}

/** Members and settings of one app's conversations. */
export class Membership {
  readonly #parts: MembershipParts

  constructor(parts: MembershipParts) {
    this.#parts = parts
  }

  /** @throws NowcastError `conversation_not_found`, `conversation_full`, `conversation_archived` */
  async join(user: User, { conversation }: Commands['conversation.join']): Promise<Conversation> {
    const { app, store, news } = this.#parts
    const change = await store.join(app, conversation, profileOf(user))
    this.#announce(conversation, change)
    const joined = await store.get(app, conversation, user.id)
    if (change.changed) await news.tell(user.id, 'conversation:added', joined)
    return joined
  }

  /** @throws NowcastError `conversation_not_found`, `forbidden` for a direct one */
  async leave(
    user: User,
    { conversation }: Commands['conversation.leave'],
  ): Promise<Results['conversation.leave']> {
    const { app, store, news } = this.#parts
    const change = await store.leave(app, conversation, user.id)
    this.#announce(conversation, change)
    if (change.changed) await news.tell(user.id, 'conversation:removed', { id: conversation })
    return {}
  }

  /**
   * Adds users who need not be known yet, all of them or nobody.
   * @throws NowcastError `conversation_not_found`, `not_a_member`, `forbidden`, `conversation_archived`, `conversation_full`
   */
  async invite(
    user: User,
    { conversation, users }: Commands['conversation.invite'],
  ): Promise<Results['conversation.invite']> {
    const { app, store, news } = this.#parts
    const change = await store.invite(app, conversation, user.id, users)
    this.#announce(conversation, change)
    const [first] = change.value
    if (first !== undefined) {
      // All of them see the same: they came at the same place, in the same role.
      const added = store.get(app, conversation, first.id)
      await Promise.all(change.value.map(({ id }) => news.tell(id, 'conversation:added', added)))
    }
    return { members: change.value }
  }

  /** @throws NowcastError `conversation_not_found`, `not_a_member`, `forbidden` */
  async remove(
    user: User,
    { conversation, user: target }: Commands['conversation.remove'],
  ): Promise<Results['conversation.remove']> {
    const { app, store, news } = this.#parts
    const change = await store.remove(app, conversation, user.id, target)
    this.#announce(conversation, change)
    if (change.changed) await news.tell(target, 'conversation:removed', { id: conversation })
    return {}
  }

  /** @throws NowcastError `conversation_not_found`, `not_a_member`, `forbidden`, `not_found` */
  async changeRole(
    user: User,
    { conversation, user: target, role }: Commands['conversation.role'],
  ): Promise<Results['conversation.role']> {
    const { app, store } = this.#parts
    const change = await store.changeRole(app, conversation, user.id, target, role)
    this.#announce(conversation, change)
    return { member: change.value }
  }

  /** @throws NowcastError `conversation_not_found`, `not_a_member`, `forbidden` */
  async update(
    user: User,
    { conversation, name, permissions }: Commands['conversation.update'],
  ): Promise<Conversation> {
    const { app, store } = this.#parts
    const settings = {
      ...(name === undefined ? {} : { name: name.trim() }),
      ...(permissions === undefined ? {} : { permissions }),
    }
    this.#announce(conversation, await store.update(app, conversation, user.id, settings))
    return store.get(app, conversation, user.id)
  }

  /** @throws NowcastError `conversation_not_found`, `not_a_member`, `forbidden` */
  async archive(
    user: User,
    { conversation, archived }: Commands['conversation.archive'],
  ): Promise<Conversation> {
    const { app, store } = this.#parts
    this.#announce(conversation, await store.archive(app, conversation, user.id, archived))
    return store.get(app, conversation, user.id)
  }

  #announce(conversation: string, { events }: MembershipChange<unknown>): void {
    const { app, announcements } = this.#parts
    for (const event of events) announcements.announce({ app, conversation, ...event })
  }
}
