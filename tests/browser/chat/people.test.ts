// Who is there and what they may: the chat example as three people use it, in Chromium.
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { type ChatPage, ChatPages, PHONE } from '../../support/chatPages.ts'
import { RawClient } from '../../support/rawClient.ts'

let chat: ChatPages

beforeAll(async () => {
  chat = await ChatPages.start()
})

afterAll(async () => {
  await chat?.end()
})

afterEach(async () => {
  await chat.clear()
})

const failuresOf = (...people: readonly ChatPage[]) => people.flatMap(({ failures }) => failures)
const idOf = (name: string) => name.toLowerCase().replaceAll(' ', '-')
const rowOf = ({ page }: ChatPage, name: string) => page.getByRole('link', { name: new RegExp(name) })
const dotOf = (person: ChatPage, name: string, status: string) =>
  rowOf(person, name).getByRole('img', { name: status, exact: true })

/** A closed conversation of the first person's with the others. */
async function conversation(name: string, people: readonly string[]): Promise<string> {
  const [owner = '', ...others] = people
  for (const other of others) {
    const client = await RawClient.connect(chat.server.url, idOf(other), { name: other })
    await client.call('conversation.list', { scope: 'mine' })
    client.socket.close()
  }
  const client = await RawClient.connect(chat.server.url, idOf(owner), { name: owner })
  const { id } = await client.call('conversation.create', { name, kind: 'closed', members: others.map(idOf) })
  client.socket.close()
  return id
}

it('shows who is here and who types, and no longer when they have gone', async () => {
  const id = await conversation('Weather', ['Ada One', 'Grace One'])
  const ada = await chat.signIn('Ada One', `c/${id}`)
  const grace = await chat.signIn('Grace One', `c/${id}`)
  const here = ada.page.getByRole('list', { name: 'One other is here' })
  await here.getByText('Grace One').waitFor()

  await grace.composer.pressSequentially('I think that', { delay: 60 })
  await ada.page.getByText('Grace One is typing').waitFor()
  await grace.composer.press('Enter')
  await ada.row('I think that').waitFor()
  await ada.page.getByText('Grace One is typing').waitFor({ state: 'detached' })

  await grace.page.close()
  await here.waitFor({ state: 'detached' })
  expect(failuresOf(ada)).toEqual([])
})

it('counts what is new until it is read, and tells who is online in direct conversations', async () => {
  const ada = await chat.signIn('Ada Two', 'c/general')
  const grace = await chat.signIn('Grace Two', 'c/general')
  await ada.page.getByRole('button', { name: 'New direct message' }).click()
  await ada.page.getByRole('textbox', { name: 'To' }).fill('grace-two')
  await ada.page.keyboard.press('Enter')
  await ada.page.getByRole('heading', { name: 'Grace Two', level: 2 }).first().waitFor()
  await ada.say('first')
  await ada.say('second')

  const unread = rowOf(grace, 'Ada Two').getByText('New messages: 2')
  await unread.waitFor()
  await expect.poll(() => grace.page.title()).toBe('(2) Nowcast Chat')
  await dotOf(grace, 'Ada Two', 'online').waitFor()
  await rowOf(grace, 'Ada Two').click()
  await grace.row('second').waitFor()
  await unread.waitFor({ state: 'detached' })
  await expect.poll(() => grace.page.title()).toBe('Nowcast Chat')
  await ada.row('second').getByRole('button', { name: 'Read' }).waitFor()

  await ada.page.close()
  await dotOf(grace, 'Ada Two', 'offline').waitFor()
  await grace.page.getByText(/^Last seen just now/).waitFor()
  expect(failuresOf(grace)).toEqual([])
})

it('lets the owner invite, promote, restrict, archive and remove', async () => {
  const id = await conversation('Launch', ['Ada Three', 'Grace Three'])
  const ada = await chat.signIn('Ada Three', `c/${id}/members`)
  const grace = await chat.signIn('Grace Three', `c/${id}`)
  const alan = await chat.signIn('Alan Three', 'c/general')
  const members = ada.page.getByRole('complementary', { name: 'Members' })
  const settings = async () => {
    await members.getByRole('button', { name: 'Conversation settings' }).click()
    return ada.page.getByRole('dialog', { name: 'Conversation settings' })
  }
  const choose = async (name: string, item: string) => {
    await members.getByRole('button', { name: `What can be done with ${name}` }).click()
    await ada.page.getByRole('menuitem', { name: item }).click()
  }

  await members.getByRole('button', { name: 'Invite people' }).click()
  await ada.page.getByRole('textbox', { name: 'People' }).fill('alan-three')
  await ada.page.keyboard.press('Enter')
  await ada.page.getByRole('button', { name: 'Invite', exact: true }).click()
  await rowOf(alan, 'Launch').click()
  await alan.composer.waitFor()

  await choose('Grace Three', 'Make an admin')
  await members.getByText('admin', { exact: true }).waitFor()
  const before = await settings()
  await before.getByRole('textbox', { name: 'Name' }).fill('Launch day')
  await before.getByLabel('Who may write').selectOption('admin')
  await before.getByRole('button', { name: 'Save' }).click()
  await alan.page.getByText('Only the owner and admins write here.').waitFor()
  await alan.page.getByRole('heading', { name: 'Launch day', level: 2 }).first().waitFor()
  await grace.say('as an admin')
  await alan.row('as an admin').waitFor()

  await choose('Alan Three', 'Remove from the conversation')
  await rowOf(alan, 'Launch day').waitFor({ state: 'detached' })
  await alan.page.getByRole('button', { name: 'Back to my conversations' }).waitFor()

  const after = await settings()
  await after.getByRole('button', { name: 'Archive' }).click()
  await grace.page.getByText('This conversation is archived.').waitFor()
  expect(await grace.composer.isVisible()).toBe(false)
  expect(failuresOf(ada, grace, alan)).toEqual([])
})

it('shows what people say of themselves', async () => {
  const id = await conversation('Status', ['Ada Four', 'Grace Four'])
  const ada = await chat.signIn('Ada Four', `c/${id}/members`)
  const grace = await chat.signIn('Grace Four', `c/${id}`)
  await grace.page.getByRole('button', { name: /Set a status/ }).click()
  await grace.page.getByRole('textbox', { name: 'What are you up to?' }).fill('Reading core dumps')
  await grace.page.getByRole('button', { name: 'Save' }).click()
  const members = ada.page.getByRole('complementary', { name: 'Members' })
  await members.getByText('Reading core dumps').waitFor()
  await members.getByRole('button', { name: 'Profile of Grace Four' }).click()
  const card = ada.page.getByRole('dialog', { name: 'Grace Four' })
  await card.getByText('Reading core dumps').waitFor()
  await card.getByText('Online').waitFor()
  expect(failuresOf(ada, grace)).toEqual([])
})

it('says what was missed, and leads there', async () => {
  const id = await conversation('Night run', ['Grace Five', 'Ada Five'])
  const client = await RawClient.connect(chat.server.url, 'grace-five', { name: 'Grace Five' })
  for (const body of ['It stopped', 'at three'])
    await client.call('conversation.send', { conversation: id, messageId: body.replace(' ', '-'), body })
  client.socket.close()
  const ada = await chat.signIn('Ada Five', 'c/general')
  const notice = ada.page.getByText(/While you were away: 2 messages in/)
  await notice.getByRole('button', { name: 'Night run' }).click()
  await ada.row('at three').waitFor()
  await notice.waitFor({ state: 'detached' })
  expect(failuresOf(ada)).toEqual([])
})

it('is used by keyboard alone', async () => {
  const id = await conversation('Keys', ['Ada Six', 'Grace Six'])
  const ada = await chat.signIn('Ada Six', 'c/general')
  const { keyboard } = ada.page
  await keyboard.press('Control+k')
  await ada.page.getByRole('dialog').waitFor()
  await keyboard.press('Escape')
  await rowOf(ada, 'Keys').focus()
  await keyboard.press('Enter')
  await ada.page.getByRole('heading', { name: 'Keys', level: 2 }).first().waitFor()
  await ada.composer.focus()
  await keyboard.type('typed without a mouse')
  await keyboard.press('Enter')
  await ada.row('typed without a mouse').waitFor()
  await ada.page.getByRole('button', { name: 'Members', exact: true }).focus()
  await keyboard.press('Enter')
  const members = ada.page.getByRole('complementary', { name: 'Members' })
  await members.waitFor()
  await members.getByRole('button', { name: 'What can be done with Grace Six' }).focus()
  await keyboard.press('Enter')
  await keyboard.press('ArrowDown')
  await keyboard.press('Enter')
  await members.getByText('admin', { exact: true }).waitFor()
  await keyboard.press('Escape')
  await members.waitFor({ state: 'detached' })
  expect(ada.page.url()).toContain(id)
  expect(failuresOf(ada)).toEqual([])
})

it('is two screens on a phone', async () => {
  const id = await conversation('Pocket', ['Ada Seven', 'Grace Seven'])
  const ada = await chat.signIn('Ada Seven', `c/${id}`, { viewport: PHONE, hasTouch: true })
  expect(await ada.page.getByRole('navigation', { name: 'Conversations' }).isVisible()).toBe(false)
  await ada.page.getByRole('button', { name: 'Back to conversations' }).click()
  await ada.page.getByRole('navigation', { name: 'Conversations' }).waitFor()
  expect(await ada.composer.count()).toBe(0)
  await rowOf(ada, 'Pocket').click()
  await ada.say('from a phone')
  await ada.row('from a phone').waitFor()
  const width = () => ada.page.evaluate(() => document.documentElement.scrollWidth)
  expect(await width()).toBe(PHONE.width)
  await ada.page.getByRole('button', { name: 'Members', exact: true }).click()
  await ada.page.getByRole('complementary', { name: 'Members' }).waitFor()
  expect(await width()).toBe(PHONE.width)
  expect(failuresOf(ada)).toEqual([])
})
