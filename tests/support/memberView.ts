// Who is on a channel, put together from pushes as every client does, with a note of what must never happen.
import type { Json, Member, Push } from '@nowcast/protocol'
import type { RawClient } from './rawClient.ts'

/** What a view is put together from: all pushes of a client so far, and a way to wait for further ones. */
type PushLog = Pick<RawClient, 'pushes' | 'until'>

/** The members of one channel as one connection was told of them. */
export class MemberView {
  readonly contradictions: string[] = []
  readonly #client: PushLog
  readonly #channel: string
  readonly #members = new Map<string, Member>()
  #read = 0
  #count = 0
  #complete = false
  #isKnown = false

  constructor(client: PushLog, channel: string) {
    this.#client = client
    this.#channel = channel
  }

  /** Watches the channel. */
  static async watch(client: RawClient, channel: string): Promise<MemberView> {
    const view = new MemberView(client, channel)
    const { channels } = await client.call('presence.watch', { channels: [channel] })
    const error = channels[0]?.error
    if (error !== undefined) throw new Error(error.code)
    return view
  }

  get count(): number {
    this.#catchUp()
    return this.#count
  }

  get complete(): boolean {
    this.#catchUp()
    return this.#complete
  }

  /** The data of every member, by user. */
  get members(): Readonly<Record<string, Json | undefined>> {
    this.#catchUp()
    const entries = [...this.#members].map(([user, { data }]) => [user, data])
    return Object.fromEntries(entries.sort(([one], [other]) => (String(one) < String(other) ? -1 : 1)))
  }

  get users(): readonly string[] {
    return Object.keys(this.members)
  }

  member(user: string): Member | undefined {
    this.#catchUp()
    return this.#members.get(user)
  }

  /** Waits until the members are these. */
  async untilUsers(...users: string[]): Promise<void> {
    const expected = users.sort().join()
    await this.until(() => this.users.join() === expected, `the members ${expected}`)
  }

  async until(condition: () => boolean, what: string): Promise<void> {
    await this.#client.until(condition, `${what}; there are ${JSON.stringify(this.members)}`)
  }

  #catchUp(): void {
    const { pushes } = this.#client
    for (; this.#read < pushes.length; this.#read += 1) {
      const push = pushes[this.#read]
      if (push !== undefined && 'channel' in push && push.channel === this.#channel) this.#take(push)
    }
  }

  #take(push: Push): void {
    if (push.type === 'presence') {
      this.#isKnown = true
      this.#count = push.count
      this.#complete = push.complete
      this.#members.clear()
      for (const member of push.members) this.#members.set(member.id, member)
      if (push.complete && push.count !== push.members.length) this.#contradict(push)
    } else if (push.type === 'presence.changed') this.#change(push)
  }

  #change(push: Extract<Push, { type: 'presence.changed' }>): void {
    const { joined = [], updated = [], left = [] } = push
    if (!this.#isKnown || !this.#complete) this.#contradict(push)
    const named = [...joined.map(({ id }) => id), ...updated.map(({ id }) => id), ...left]
    if (named.length === 0 || new Set(named).size !== named.length) this.#contradict(push)
    if (joined.some(({ id }) => this.#members.has(id))) this.#contradict(push)
    if ([...updated.map(({ id }) => id), ...left].some((id) => !this.#members.has(id))) this.#contradict(push)
    for (const member of [...joined, ...updated]) this.#members.set(member.id, member)
    for (const user of left) this.#members.delete(user)
    this.#count = push.count
    if (this.#count !== this.#members.size) this.#contradict(push)
  }

  #contradict(push: Push): void {
    this.contradictions.push(`${JSON.stringify(push)} to ${[...this.#members.keys()].join()}`)
  }
}
