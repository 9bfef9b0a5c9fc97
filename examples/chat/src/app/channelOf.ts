// Where a conversation's people are: its channel, for presence and typing.

/** The channel of a conversation. */
export const channelOf = (conversation: string): string => `conversation-${conversation}`
