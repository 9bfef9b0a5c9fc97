// Who reacted to a message with what, as one value that is replaced.
import type { Reaction } from '@nowcast/protocol'

/** Reactions with one more by a user who has not reacted so. */
export function withReaction(
  reactions: readonly Reaction[],
  emoji: string,
  user: string,
): readonly Reaction[] {
  if (!reactions.some((reaction) => reaction.emoji === emoji)) return [...reactions, { emoji, users: [user] }]
  return reactions.map((reaction) =>
    reaction.emoji === emoji ? { emoji, users: [...reaction.users, user] } : reaction,
  )
}

/** Reactions without a user's; what nobody reacts with any more is gone. */
export function withoutReaction(
  reactions: readonly Reaction[],
  emoji: string,
  user: string,
): readonly Reaction[] {
  return reactions
    .map((reaction) =>
      reaction.emoji === emoji ? { emoji, users: reaction.users.filter((id) => id !== user) } : reaction,
    )
    .filter(({ users }) => users.length > 0)
}
