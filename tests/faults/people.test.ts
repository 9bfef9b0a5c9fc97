// A server is killed while people are present and type, and links are cut: what is shown of people afterwards is right soon,
// and what passes quickly is not shown at all.
import { createClient, type NowcastClient } from '@nowcast/client'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { Relay } from '../support/relay.ts'
import { ServerProcess } from '../support/serverProcess.ts'
import { TestRedis } from '../support/testRedis.ts'
import { tokenFor } from '../support/tokens.ts'
import { UNLIMITED_TEXT } from '../support/unlimited.ts'
import { TIMEOUT_MS, waitFor } from './course.ts'

const HEARTBEAT_MS = 10_000
const LINGER_MS = 4_000
const LEASE_MS = 5_000
const CUTS = 3
const ROOM = 'room'
const CONFIG = `export default {
  connections: { heartbeat: ${HEARTBEAT_MS} },
  presence: { linger: ${LINGER_MS}, lease: ${LEASE_MS} },
  ${UNLIMITED_TEXT},
}`

/** A user who is present, and looks at the others. */
class Person {
  readonly user: string
  readonly client: NowcastClient
  /** What was told of others' coming, going and status, in order. */
  readonly heard: string[] = []
  connections = 0

  constructor(user: string, url: string, others: readonly string[]) {
    this.user = user
    const token = () => tokenFor(user)
    this.client = createClient({ url, token, WebSocket, backoff: { minMs: 50, maxMs: 1_000 } })
    const { connection, people } = this.client
    connection.listen({
      established: () => {
        this.connections += 1
      },
    })
    const presence = this.client.presence(ROOM)
    for (const kind of ['joined', 'updated', 'left'] as const) {
      presence.on(kind, ({ id }) => this.heard.push(`${id} ${kind}`))
    }
    this.client.typing(ROOM).subscribe(() => {})
    for (const other of others) {
      const person = people.person(other)
      person.subscribe(() => this.heard.push(`${other} is ${person.getSnapshot()?.status}`))
    }
  }

  enter(): Promise<void> {
    return this.client.presence(ROOM).enter(`I am ${this.user}`)
  }

  /** Everybody in the room, with what they say. */
  get members(): string {
    const { members } = this.client.presence(ROOM).getSnapshot()
    return members.map(({ id, data }) => `${id}: ${data}`).join()
  }

  get typing(): string {
    const { users } = this.client.typing(ROOM).getSnapshot()
    return users
      .map(({ id }) => id)
      .sort()
      .join()
  }

  status(user: string) {
    return this.client.people.person(user).getSnapshot()
  }
}

const roomOf = (...users: readonly string[]) => users.map((user) => `${user}: I am ${user}`).join()

describe.each(['a node alone', 'a node with Redis'])('%s', { timeout: TIMEOUT_MS }, (kind) => {
  const cleanups: (() => unknown)[] = []
  let redis: TestRedis | undefined
  let server: ServerProcess
  beforeAll(async () => {
    redis = kind === 'a node alone' ? undefined : await TestRedis.start()
    const flags = redis === undefined ? [] : ['--redis', redis.url]
    server = await ServerProcess.start({ config: CONFIG, flags })
  })
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
  })
  afterAll(async () => {
    await server?.dispose()
    await redis?.dispose()
  })

  function come(user: string, url: string, others: readonly string[]): Person {
    const person = new Person(user, url, others)
    cleanups.push(() => person.client.close())
    return person
  }

  it('shows who is there within a heartbeat after it was killed', async () => {
    const users = ['ada', 'bob', 'cleo', 'dan']
    const cameAt = Date.now()
    const people = users.map((user) => come(user, server.url, users))
    const [ada, bob, cleo, dan] = people
    if (ada === undefined || bob === undefined || cleo === undefined || dan === undefined) throw new Error()
    for (const person of people) await person.enter()
    const strokes = setInterval(() => {
      for (const { client } of [ada, dan]) client.typing(ROOM).keystroke()
    }, 50)
    cleanups.push(() => clearInterval(strokes))
    await waitFor(
      () => people.every(({ members }) => members === roomOf(...users)) && bob.typing === 'ada,dan',
      'everybody to be there, and two to type',
    )
    await waitFor(() => users.every((user) => bob.status(user)?.status === 'online'), 'all to be online')
    const { id } = await ada.client.conversations.create({ name: 'Talk', members: ['dan'] })
    const isKnown = async () => {
      const members = await ada.client.conversation(id).members()
      return members.every(({ lastSeenAt }) => lastSeenAt !== undefined)
    }
    await waitFor(isKnown, 'it to be written down who is here')

    await server.end('SIGKILL')
    clearInterval(strokes)
    dan.client.close()
    const killedAt = Date.now()
    await server.start()

    const left = [ada, bob, cleo, come('eve', server.url, users)]
    const wrong = () =>
      left.flatMap(({ user, members, typing, client }) => {
        const dansStatus = client.people.person('dan').getSnapshot()?.status
        const seen = `${members}; ${typing}; dan is ${dansStatus}`
        return seen === `${roomOf('ada', 'bob', 'cleo')}; ; dan is offline` ? [] : [`${user} sees ${seen}`]
      })
    await waitFor(
      () => wrong().length === 0,
      () => `everything to be right: ${wrong().join('; ')}`,
      HEARTBEAT_MS,
    )
    for (const person of left) {
      for (const user of ['ada', 'bob', 'cleo']) expect(person.status(user)?.status).toBe('online')
      const { lastSeenAt } = person.status('dan') ?? {}
      expect(lastSeenAt).toBeGreaterThanOrEqual(cameAt - 1_000)
      expect(lastSeenAt).toBeLessThanOrEqual(killedAt + LEASE_MS + HEARTBEAT_MS)
    }
    await come('dan', server.url, users).enter()
    await waitFor(() => left.every(({ members }) => members === roomOf(...users)), 'all to be there again')
  })

  it('shows nothing of links that are cut and come back in time', async () => {
    const users = ['ada', 'bob', 'cleo']
    const relay = await Relay.start(server.port)
    cleanups.push(() => relay.stop())
    const people = users.map((user) => come(user, relay.url, users))
    for (const person of people) await person.enter()
    const eve = come('eve', server.url, users)
    const allOnline = () => users.every((user) => eve.status(user)?.status === 'online')
    await waitFor(() => eve.members === roomOf(...users) && allOnline(), 'everybody to be there')
    eve.heard.length = 0

    for (let cut = 1; cut <= CUTS; cut += 1) {
      relay.cut()
      await waitFor(() => people.every(({ connections }) => connections > cut), 'all to be connected again')
      await waitFor(
        () => people.every(({ members }) => members === roomOf(...users)),
        'everybody to see everybody again',
      )
    }
    // Whoever hears this has heard everything before it.
    await people[0]?.client.presence(ROOM).enter('still here')
    await waitFor(() => eve.heard.length > 0, 'something to be heard')
    expect(eve.heard).toEqual(['ada updated'])

    relay.block('refused')
    await waitFor(() => eve.members === '' && !allOnline(), 'those who stay away to be gone', LINGER_MS * 3)
    relay.mend()
    const back = `ada: still here,${roomOf('bob', 'cleo')}`
    await waitFor(() => eve.members === back && allOnline(), 'everybody to be back')
  })
})
