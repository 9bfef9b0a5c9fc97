// Presence, typing and people of the scripted server: enough of the protocol's rules to test a client against.
import { type Command, type Member, NowcastError, type PersonStatus } from '@nowcast/protocol'

/** A connection of the scripted server. */
export interface PeopleSession {
  readonly user: string | undefined
  readonly channels: ReadonlySet<string>
  send(message: object): void
}

type PeopleCommand = Command & {
  readonly type: `${'presence' | 'typing' | 'people'}.${string}`
}

/** True for a command about people. */
export const isPeopleCommand = (command: Command): command is PeopleCommand =>
  /^(presence|typing|people)\./.test(command.type)

/** Who is where. */
export class ScriptedPeople {
  /** Changes are not told by themselves when it is set from outside. */
  readonly members = new Map<string, Map<string, Member>>()
  readonly statuses = new Map<string, PersonStatus>()
  readonly #watching = new Map<PeopleSession, Set<string>>()

  /** How many connections watch `what`, e.g. `presence lobby` or `person ada`. */
  watchers(what: string): number {
    return [...this.#watching.values()].filter((watched) => watched.has(what)).length
  }

  /** Makes a user a member, or replaces the member, and tells it. */
  enter(channel: string, member: Member): void {
    const members = this.#membersOf(channel)
    const kind = members.has(member.id) ? 'updated' : 'joined'
    members.set(member.id, member)
    this.#tell(`presence ${channel}`, {
      type: 'presence.changed',
      channel,
      count: members.size,
      [kind]: [member],
    })
  }

  /** Ends a membership, and tells it. */
  leave(channel: string, user: string): void {
    const members = this.#membersOf(channel)
    if (!members.delete(user)) return
    this.#tell(`presence ${channel}`, {
      type: 'presence.changed',
      channel,
      count: members.size,
      left: [user],
    })
  }

  /** Tells who types. */
  type(channel: string, ...users: readonly string[]): void {
    const named = users.map((id) => ({ id }))
    this.#tell(`typing ${channel}`, { type: 'typing', channel, users: named, count: users.length })
  }

  /** Sets how a user is, and tells it. */
  become(person: PersonStatus): void {
    this.statuses.set(person.id, person)
    this.#tell(`person ${person.id}`, { type: 'people', people: [person] })
  }

  /** Everything that a connection has said ends with it. */
  ended(session: PeopleSession): void {
    this.#watching.delete(session)
    if (session.user !== undefined)
      for (const channel of this.members.keys()) this.leave(channel, session.user)
  }

  serve(command: PeopleCommand, session: PeopleSession): object {
    const watched = this.#watching.get(session) ?? new Set()
    this.#watching.set(session, watched)
    switch (command.type) {
      case 'presence.enter':
        subscribed(session, command.channel)
        this.enter(command.channel, {
          id: session.user ?? '',
          ...(command.data !== undefined && { data: command.data }),
        })
        return {}
      case 'presence.leave':
        this.leave(command.channel, session.user ?? '')
        return {}
      case 'presence.watch':
      case 'typing.watch':
        for (const channel of command.channels) this.#watch(command.type, channel, session, watched)
        return { channels: command.channels.map((channel) => ({ channel })) }
      case 'presence.unwatch':
        for (const channel of command.channels) watched.delete(`presence ${channel}`)
        return {}
      case 'typing.unwatch':
        for (const channel of command.channels) watched.delete(`typing ${channel}`)
        return {}
      case 'people.watch':
        for (const user of command.users) watched.add(`person ${user}`)
        session.send({ type: 'people', people: command.users.map((id) => this.#statusOf(id)) })
        return {}
      case 'people.unwatch':
        for (const user of command.users) watched.delete(`person ${user}`)
        return {}
      default:
        return {}
    }
  }

  #watch(type: string, channel: string, session: PeopleSession, watched: Set<string>): void {
    subscribed(session, channel)
    if (type === 'typing.watch') {
      watched.add(`typing ${channel}`)
      session.send({ type: 'typing', channel, users: [], count: 0 })
      return
    }
    watched.add(`presence ${channel}`)
    const members = [...this.#membersOf(channel).values()]
    session.send({ type: 'presence', channel, count: members.length, members, complete: true })
  }

  #membersOf(channel: string): Map<string, Member> {
    const members = this.members.get(channel) ?? new Map()
    this.members.set(channel, members)
    return members
  }

  #statusOf(id: string): PersonStatus {
    return this.statuses.get(id) ?? { id, status: 'offline' }
  }

  #tell(what: string, message: object): void {
    for (const [session, watched] of this.#watching) if (watched.has(what)) session.send(message)
  }
}

function subscribed(session: PeopleSession, channel: string): void {
  if (!session.channels.has(channel)) throw new NowcastError('not_subscribed', 'Subscribe first.')
}
