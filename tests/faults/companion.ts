// One client among people: is present on a channel, types there, reads conversations, and notes what it is told of others.
import type { LiveConversation, Message, NowcastClient } from '@nowcast/client'
import type { Push } from '@nowcast/protocol'
import { MemberView } from '../support/memberView.ts'
import type { Random } from '../support/random.ts'
import { CONVERSATIONS } from './conversations.ts'
import type { Journal } from './journal.ts'

/** Where everybody is present. */
export const LOBBY = 'lobby'

/** One user with one client, from the moment they come until they go. */
export class Companion {
  readonly user: string
  /** What contradicts itself, without a look at others. */
  readonly broken: string[] = []
  readonly #client: NowcastClient
  readonly #journal: Journal
  readonly #lobby: MemberView
  readonly #events: MemberEvents
  readonly #stops: (() => void)[] = []
  readonly #told = new Set<string>()
  #entered = 0
  #isHere = true

  /** @param everybody whose status is watched */
  constructor(user: string, client: NowcastClient, everybody: readonly string[], journal: Journal) {
    this.user = user
    this.#client = client
    this.#journal = journal
    const pushes: Push[] = []
    this.#lobby = new MemberView(
      { pushes, until: () => Promise.reject(new Error('Nobody waits here.')) },
      LOBBY,
    )
    const keepQuiet = () => {}
    this.#stops.push(
      client.connection.listen({ push: (push) => void pushes.push(push) }),
      client.typing(LOBBY).subscribe(keepQuiet),
      client.people.several(everybody).subscribe(keepQuiet),
      client.conversations.subscribe(keepQuiet),
      client.inbox.on((messages) => this.#missed(messages)),
      ...this.#conversations.map((conversation) => conversation.subscribe(keepQuiet)),
    )
    this.#events = new MemberEvents(client, (what) => this.#break(what))
    this.#stops.push(() => this.#events.stop())
    this.enter()
  }

  /** What the others are to be told of this one. */
  get data(): number {
    return this.#entered
  }

  /** What its client is not ready for; empty when all is well. */
  get complaints(): string[] {
    const complaints: string[] = []
    const presence = this.#client.presence(LOBBY).getSnapshot().status
    if (presence !== 'ready') complaints.push(`has the presence ${presence}`)
    for (const { id, getSnapshot } of this.#conversations) {
      const { status } = getSnapshot()
      if (status !== 'ready') complaints.push(`has ${id} ${status}`)
    }
    return complaints.map((complaint) => `${this.user} ${complaint}`)
  }

  /** What this one sees otherwise than it is. @param present the data of everybody who is there, by user */
  wrongViews(present: ReadonlyMap<string, number>, absent: readonly string[]): string[] {
    const wrong: string[] = []
    const compare = (what: string, seen: string, expected: string) => {
      if (seen !== expected) wrong.push(`${this.user} sees ${what} as ${seen} instead of ${expected}`)
    }
    const expected = listed([...present])
    const { members } = this.#client.presence(LOBBY).getSnapshot()
    compare('the members', listed(members.map(({ id, data }) => [id, data])), expected)
    compare('the members on the wire', listed(Object.entries(this.#lobby.members)), expected)
    compare('those who came and went', this.#events.present, [...present.keys()].sort().join())
    compare(
      'who types',
      listed(
        this.#client
          .typing(LOBBY)
          .getSnapshot()
          .users.map(({ id }) => [id, '']),
      ),
      '',
    )
    for (const user of present.keys()) compare(user, this.#statusOf(user), 'online')
    for (const user of absent) compare(user, this.#statusOf(user), 'offline')
    return wrong
  }

  /** Receipts and counts that are not as when everybody has read everything. @param newest by conversation */
  wrongReceipts(newest: ReadonlyMap<string, number>, users: readonly string[]): string[] {
    const { unread, conversations } = this.#client.conversations.getSnapshot()
    const wrong = unread === 0 ? [] : [`${this.user} counts ${unread} unread messages`]
    for (const { id } of conversations)
      if (!newest.has(id)) wrong.push(`${this.user} lists ${id}, which they have never heard of`)
    for (const { id, getSnapshot } of this.#conversations) {
      const { receipts } = getSnapshot()
      for (const user of users) {
        const read = receipts.find((receipt) => receipt.user === user)?.read ?? 0
        if (read === newest.get(id)) continue
        wrong.push(`${this.user} sees that ${user} has read ${id} up to ${read} instead of ${newest.get(id)}`)
      }
    }
    return wrong
  }

  /** Whatever contradicted itself. */
  get contradictions(): string[] {
    const onTheWire = this.#lobby.contradictions.map((one) => `${this.user} was told a contradiction: ${one}`)
    return [...this.broken, ...onTheWire]
  }

  /** Enters the lobby, or says something else there. */
  enter(): void {
    this.#entered += 1
    const data = this.#entered
    this.#client
      .presence(LOBBY)
      .enter(data)
      .catch((error: unknown) => this.#isHere && this.#break(`was refused in the lobby: ${String(error)}`))
  }

  /** Types, reads, or says something else of itself. */
  act(random: Random): void {
    const what = random.below(4)
    const conversation = random.pick(this.#conversations)
    if (what < 2) this.#client.typing(LOBBY).keystroke()
    else if (what === 2) conversation.markRead()
    else this.enter()
  }

  /** Reads everything there is. */
  readAll(newest: ReadonlyMap<string, number>): void {
    for (const conversation of this.#conversations) conversation.markRead(newest.get(conversation.id))
  }

  /** Closes the client. */
  leave(): void {
    this.#isHere = false
    for (const stop of this.#stops) stop()
    this.#client.close()
  }

  get #conversations(): readonly LiveConversation[] {
    return CONVERSATIONS.map((id) => this.#client.conversation(id))
  }

  #statusOf(user: string): string {
    return this.#client.people.person(user).getSnapshot()?.status ?? 'unknown'
  }

  #missed(messages: readonly Message[]): void {
    for (const { conversation, offset, sender } of messages) {
      const place = `${conversation}@${offset}`
      this.#journal.note(this.user, `${place} was in the inbox`)
      if (this.#told.has(place)) this.#break(`was told twice of ${place} by the inbox`)
      if (sender === this.user) this.#break(`was told of their own ${place} by the inbox`)
      this.#told.add(place)
    }
  }

  #break(what: string): void {
    this.broken.push(`${this.user} ${what}`)
    this.#journal.note(this.user, `BROKEN: ${what}`)
  }
}

/** Members as an application follows them by events: nobody comes who is there, and nobody goes who is not. */
class MemberEvents {
  readonly #stops: readonly (() => void)[]
  #members: Set<string> | undefined

  constructor(client: NowcastClient, onContradiction: (what: string) => void) {
    const presence = client.presence(LOBBY)
    const begin = () => {
      const { status, members } = presence.getSnapshot()
      if (status === 'ready') this.#members ??= new Set(members.map(({ id }) => id))
    }
    this.#stops = [
      presence.subscribe(begin),
      presence.on('joined', ({ id }) => {
        if (this.#members?.has(id) !== false) onContradiction(`was told that ${id} joined, who was there`)
        this.#members?.add(id)
      }),
      presence.on('left', ({ id }) => {
        if (this.#members?.delete(id) !== true) onContradiction(`was told that ${id} left, who was not there`)
      }),
    ]
  }

  get present(): string {
    return [...(this.#members ?? [])].sort().join()
  }

  stop(): void {
    for (const stop of this.#stops) stop()
  }
}

const listed = (entries: readonly (readonly [string, unknown])[]): string =>
  entries
    .map(([user, data]) => `${user} ${data}`)
    .sort()
    .join()
