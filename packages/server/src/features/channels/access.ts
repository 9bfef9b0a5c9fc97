// Who may do what on a channel of any kind: those of conversations go by membership, a user's own channel belongs to that
// user, all others go by the configured policies.
import { USER_CHANNEL_PREFIX, userChannel } from '@nowcast/protocol'
import type { User } from '../../core/connection.ts'
import { conversationOf } from '../chat/channels.ts'
import type { Conversations } from '../chat/conversations.ts'
import type { Action, ChannelPolicies } from './policies.ts'

/** Decides about access to channels. */
export class Access {
  readonly #policies: ChannelPolicies
  readonly #conversations: Pick<Conversations, 'mayRead'>

  constructor(policies: ChannelPolicies, conversations: Pick<Conversations, 'mayRead'>) {
    this.#policies = policies
    this.#conversations = conversations
  }

  /**
   * Whether a user may do something on a channel; clients publish on no channel of a conversation or a user.
   * @throws NowcastError `conversation_not_found`, `unavailable`
   */
  allows(action: Action, channel: string, user: User | undefined): boolean | Promise<boolean> {
    const conversation = conversationOf(channel)
    if (conversation !== undefined) {
      return action !== 'publish' && this.#conversations.mayRead(user, conversation)
    }
    if (channel.startsWith(USER_CHANNEL_PREFIX)) {
      return action !== 'publish' && user !== undefined && channel === userChannel(user.id)
    }
    return this.#policies.allows(action, channel, user)
  }

  /** Whether a subscriber's claims still allow the subscription; memberships announce their end themselves. */
  claimsAllow(channel: string, user: User | undefined): boolean | Promise<boolean> {
    const byClaims = conversationOf(channel) === undefined && !channel.startsWith(USER_CHANNEL_PREFIX)
    return !byClaims || this.#policies.allows('subscribe', channel, user)
  }

  /**
   * Whether a user who has just subscribed still may: who left a conversation while its channel was being opened was
   * not among its subscribers yet when these were told.
   * @throws NowcastError `conversation_not_found`, `unavailable`
   */
  stillAllows(channel: string, user: User | undefined): boolean | Promise<boolean> {
    return conversationOf(channel) === undefined || this.allows('subscribe', channel, user)
  }
}
