// A user of the cluster: talks in conversations, publishes on channels, and notes everything.
import { conversationChannel } from '@nowcast/protocol'
import type { Random } from '../support/random.ts'
import { ChannelLog } from './channelLog.ts'
import { Companion } from './companion.ts'
import { CONVERSATIONS } from './conversations.ts'
import { pause } from './course.ts'
import type { Journal } from './journal.ts'
import { Publisher } from './publisher.ts'
import { Talker } from './talker.ts'

/** What may wait to be acknowledged; a person would stop writing too. */
const MAX_WAITING = 300
const LONGEST_PAUSE_MS = 20
/** One act in so many is one among people. */
const AMONG_PEOPLE = 8

/** One user, with one client. */
export class Participant {
  readonly user: string
  readonly talker: Talker
  readonly publisher: Publisher
  readonly logs: readonly ChannelLog[]
  readonly companion: Companion

  /** @param everybody whose status is watched */
  constructor(
    user: string,
    url: string,
    channels: readonly string[],
    everybody: readonly string[],
    journal: Journal,
  ) {
    this.user = user
    this.talker = new Talker(user, url, CONVERSATIONS)
    const { client } = this.talker
    client.connection.subscribe(() => {
      const { state, error } = client.connection.getSnapshot()
      journal.change(user, `is ${state}${error === undefined ? '' : `: ${error.message}`}`)
    })
    for (const conversation of CONVERSATIONS) {
      client.channel(conversationChannel(conversation)).onAny(({ offset, name }) => {
        journal.note(user, `hears ${conversation}@${offset} ${name}`)
      })
    }
    this.publisher = new Publisher(user, client, journal)
    this.logs = channels.map((channel) => new ChannelLog(user, client, channel, journal))
    this.companion = new Companion(user, client, everybody, journal)
  }

  /** What is not as it should be when nothing fails; empty when all is well. */
  get complaints(): string[] {
    const snapshot = this.talker.client.connection.getSnapshot()
    const complaints: string[] = []
    if (snapshot.state !== 'connected') complaints.push(`is ${snapshot.state}`)
    if ('degraded' in snapshot) complaints.push('is told that services are down')
    if (!this.talker.listening) complaints.push('is not subscribed to every conversation')
    if (!this.talker.settled) complaints.push(`has ${snapshot.queued} that wait to be acknowledged`)
    for (const { channel, isSubscribed } of this.logs)
      if (!isSubscribed) complaints.push(`is not subscribed to ${channel}`)
    const own = complaints.map((complaint) => `${this.user} ${complaint}`)
    return [...own, ...this.companion.complaints]
  }

  /** Talks, publishes or acts among people once, unless too much waits already. */
  act(random: Random, channels: readonly string[]): void {
    const channel = random.pick(channels)
    const conversation = random.pick(CONVERSATIONS)
    const publishes = random.below(2) === 0
    if (random.below(AMONG_PEOPLE) === 0) this.companion.act(random)
    if (this.talker.client.connection.getSnapshot().queued >= MAX_WAITING) return
    if (publishes) void this.publisher.publish(channel)
    else this.talker.send(conversation)
  }
}

/** Lets everybody act at random for as long as `goesOn` says. */
export async function keepActing(
  participants: readonly Participant[],
  channels: readonly string[],
  random: Random,
  goesOn: () => boolean,
): Promise<void> {
  while (goesOn()) {
    random.pick(participants).act(random, channels)
    await pause(random.below(LONGEST_PAUSE_MS))
  }
}
