// Commands with fields that make no sense: each is answered, with a result or with a code that says what is wrong, and who
// has nothing to do with it notices nothing.
import { randomUUID } from 'node:crypto'
import { errorKinds } from '@nowcast/protocol'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type ClusterNodes, overEveryCluster } from '../support/everyCluster.ts'
import type { RawClient } from '../support/rawClient.ts'
import { tokenFor } from '../support/tokens.ts'
import { soundCommands, WRONG_VALUES } from '../support/wrongFields.ts'

const RUNS = 60
const COMMANDS_PER_RUN = 40

/** A user who minds their own business, and what they see. */
async function bystander(nodes: ClusterNodes) {
  const conversation = randomUUID()
  const channel = `conversation-${conversation}`
  const user = `walter-${randomUUID()}`
  const client = await nodes.connect(user, 1)
  await client.call('conversation.create', { conversation, name: 'Private', kind: 'closed' })
  await client.call('subscribe', { channels: [{ channel }] })
  await client.call('presence.watch', { channels: [channel] })
  await client.call('typing.watch', { channels: [channel] })
  await client.call('presence.enter', { channel })
  await client.call('conversation.send', { conversation, messageId: 'm', body: 'mine' })
  await client.until(() => client.pushes.some(({ type }) => type === 'presence.changed'), 'their own coming')
  await client.until(() => client.events(channel).length > 0, 'their own message')
  const seen = async () => ({
    history: await client.call('conversation.history', { conversation }),
    conversation: await client.call('conversation.get', { conversation }),
    members: (await client.call('conversation.members', { conversation })).members.map(({ id }) => id),
    pushes: client.pushes.length,
  })
  const before = await seen()
  const expectUntouched = async () => expect(await seen()).toEqual(before)
  return { user, conversation, expectUntouched }
}

/** A member of one conversation who sends whatever comes to their mind, and expects an answer to each. */
async function mallory(nodes: ClusterNodes, other: string) {
  const user = `mallory-${randomUUID()}`
  const conversation = randomUUID()
  const channel = `room-${randomUUID()}`
  const places = { channel, conversation, user: other, token: tokenFor(user) }
  let client: RawClient | undefined
  /** A connection of Mallory's, another one when the last was ended for what was said on it. */
  const connected = async (): Promise<RawClient> => {
    if (client === undefined || client.closed !== undefined) {
      client = await nodes.connect(user)
      await client.call('subscribe', { channels: [{ channel }] })
    }
    return client
  }
  const first = await connected()
  await first.call('conversation.create', { conversation, name: 'Talk', kind: 'closed' })
  await first.call('conversation.send', { conversation, messageId: 'first', body: 'hello' })
  return { places, connected }
}

/** Sends commands at once; each must be answered by a result, or by an error that does not blame the server. */
async function expectAnswers(client: RawClient, commands: readonly object[]): Promise<void> {
  const answers = await Promise.all(commands.map((command) => client.ask(command)))
  for (const [index, { result, error }] of answers.entries()) {
    const shown = JSON.stringify(commands[index]).slice(0, 300)
    if (error === undefined) {
      expect(result, shown).toBeTypeOf('object')
      continue
    }
    expect(Object.keys(errorKinds), shown).toContain(error.code)
    expect(errorKinds[error.code].status, `${error.code} to ${shown}`).toBeLessThan(500)
    expect(error.message, shown).not.toBe('')
  }
}

overEveryCluster({}, (nodes) => {
  it('every field of every command may hold what it should not', async () => {
    const witness = await bystander(nodes())
    const { places, connected } = await mallory(nodes(), witness.user)
    for (const [type, sound] of Object.entries(soundCommands(places))) {
      const client = await connected()
      const wrong = Object.keys(sound).flatMap((field) => [
        ...WRONG_VALUES.map((value) => ({ type, ...sound, [field]: value })),
        { type, ...sound, [field]: undefined },
      ])
      // What is right is asked for last: the connection must still be good for it.
      await expectAnswers(client, type === 'connect' ? wrong : [...wrong, { type, ...sound }])
      expect(client.closed, type).toBeUndefined()
    }
    await witness.expectUntouched()
  })

  it('everything may be aimed at what is not the sender’s', async () => {
    const witness = await bystander(nodes())
    const { places, connected } = await mallory(nodes(), witness.user)
    const client = await connected()
    const { conversation } = witness
    const channels = [`conversation-${conversation}`, `signals-${conversation}`, `user-${witness.user}`]
    const attempts = channels.flatMap((channel) =>
      Object.entries(soundCommands({ ...places, channel, conversation })).filter(
        ([type]) => type !== 'connect' && type !== 'refresh',
      ),
    )
    const answers = await Promise.all(attempts.map(([type, fields]) => client.ask({ type, ...fields })))
    for (const [index, { result = {} }] of answers.entries()) {
      expect(JSON.stringify(result), attempts[index]?.[0]).not.toContain('mine')
    }
    await witness.expectUntouched()
  })

  it('anything at random is answered', async () => {
    const witness = await bystander(nodes())
    const { places, connected } = await mallory(nodes(), witness.user)
    const sound = soundCommands(places)
    const types = Object.keys(sound) as (keyof typeof sound)[]
    const known = [...new Set(Object.values(sound).flatMap((fields) => Object.keys(fields)))]
    const values = Object.values(sound).flatMap((fields): unknown[] => Object.values(fields))
    const value = fc.oneof(fc.constantFrom(...values), fc.constantFrom(...WRONG_VALUES), fc.jsonValue())
    const command = fc.record({
      type: fc.constantFrom(...types),
      isSound: fc.boolean(),
      fields: fc.dictionary(fc.constantFrom(...known), value, { maxKeys: 6 }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: COMMANDS_PER_RUN }), async (commands) => {
        const sent = commands.map(({ type, isSound, fields }) => ({
          ...(isSound ? sound[type] : {}),
          ...fields,
          type,
        }))
        const sendable = sent.filter((one) => JSON.stringify(one).length < 60_000)
        const client = await connected()
        await expectAnswers(client, sendable)
        expect(client.closed).toBeUndefined()
      }),
      { numRuns: RUNS },
    )
    await witness.expectUntouched()
  })
})
