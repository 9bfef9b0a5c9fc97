// A user who talks in conversations, and notes everything that arrives there.
import { createClient, type NowcastClient } from '@nowcast/client'
import { conversationChannel, type Publication, transportNames } from '@nowcast/protocol'
import { WebSocket } from 'ws'
import { tokenFor } from '../support/tokens.ts'

/** One user's client, and everything of the conversations that reached it. */
export class Talker {
  readonly user: string
  readonly client: NowcastClient
  readonly received: ReadonlyMap<string, Publication[]>
  readonly gaps: string[] = []
  sent = 0

  constructor(user: string, url: string, conversations: readonly string[]) {
    this.user = user
    // Each user talks over one of them, so that all must keep the same promises.
    const transport = transportNames[user.length % transportNames.length] ?? 'websocket'
    this.client = createClient({
      url,
      token: () => tokenFor(user),
      WebSocket: WebSocket as never,
      transports: [transport],
    })
    this.received = new Map(conversations.map((id) => [id, []]))
    for (const [conversation, received] of this.received) {
      const channel = this.client.channel(conversationChannel(conversation))
      channel.onAny((event) => received.push(event))
      channel.onGap(({ reason }) => this.gaps.push(`${user} was told of a gap in ${conversation}: ${reason}`))
    }
  }

  send(conversation: string): void {
    this.sent += 1
    this.client.conversation(conversation).send(`${this.user} ${this.sent}`)
  }

  /** True when everything that is sent from now on reaches this client. */
  get listening(): boolean {
    return [...this.received.keys()].every(
      (id) => this.client.channel(conversationChannel(id)).getSnapshot().state === 'subscribed',
    )
  }

  /** True when everything that was sent is acknowledged. */
  get settled(): boolean {
    return this.client.connection.getSnapshot().queued === 0
  }
}
