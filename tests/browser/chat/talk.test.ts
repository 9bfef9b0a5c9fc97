// What people do with messages in the chat example, two at a time, in Chromium.
import type { Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { createBackend } from '../../../packages/client/src/backend/index.ts'
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

const idOf = (name: string) => name.toLowerCase().replaceAll(' ', '-')
const connect = (name: string) => RawClient.connect(chat.server.url, idOf(name), { name })

/** A conversation of the first person's with the others, with messages of the first one's in it. */
async function conversation(people: readonly string[], messages: readonly string[] = []): Promise<string> {
  const [owner = '', ...others] = people
  for (const name of others) (await connect(name)).socket.close()
  const client = await connect(owner)
  const { id } = await client.call('conversation.create', { name: 'Release', members: others.map(idOf) })
  for (const [index, body] of messages.entries()) {
    await client.call('conversation.send', { conversation: id, messageId: `m${index}`, body })
  }
  client.socket.close()
  return id
}

const ADA = 'Ada Lovelace'
const GRACE = 'Grace Hopper'

const failuresOf = (...people: readonly ChatPage[]) => people.flatMap(({ failures }) => failures)

it('shows reactions, who they are from, and takes them back', async () => {
  const id = await conversation([ADA, GRACE], ['Shall we ship?'])
  const ada = await chat.signIn(ADA, `c/${id}`)
  const grace = await chat.signIn(GRACE, `c/${id}`)
  const [onAda, onGrace] = [ada.row('Shall we ship?'), grace.row('Shall we ship?')]

  await grace.act(onGrace, 'React')
  await grace.page.getByRole('textbox', { name: 'Search emoji' }).fill('rock')
  await grace.page.keyboard.press('Enter')
  const rocket = onAda.getByRole('button', { name: /^rocket, 1: Grace Hopper reacted with rocket$/ })
  await rocket.click()
  const both = onGrace.getByRole('button', { name: /^rocket, 2: you and Ada Lovelace/ })
  await both.click()
  await onAda.getByRole('button', { name: /^rocket, 1: you reacted/ }).click()
  await expect.poll(() => onGrace.getByRole('list', { name: 'Reactions' }).count()).toBe(0)
  expect(failuresOf(ada, grace)).toEqual([])
})

it('keeps replies in threads, told of by a line below the message, with drafts of their own', async () => {
  const id = await conversation([ADA, GRACE], ['What do you think?'])
  const ada = await chat.signIn(ADA, `c/${id}`)
  const grace = await chat.signIn(GRACE, `c/${id}`, { viewport: PHONE })

  await ada.act(ada.row('What do you think?'), 'Reply in thread')
  const field = (person: ChatPage) => person.page.getByRole('textbox', { name: 'Reply in thread' })
  await field(ada).fill('Here is my own first thought')
  await field(ada).press('Enter')
  await grace
    .row('What do you think?')
    .getByRole('button', { name: /^1 reply/ })
    .click()
  await grace.reply('my own first thought').waitFor()
  expect(await grace.composer.isVisible()).toBe(false)

  await field(grace).fill('A second one')
  await field(grace).press('Enter')
  await ada.reply('A second one').waitFor()
  await ada
    .row('What do you think?')
    .getByRole('button', { name: /^2 replies/ })
    .waitFor()
  expect(await ada.row('A second one').count()).toBe(0)
  // The reply that was seen is read.
  await grace.reply('A second one').getByRole('button', { name: 'Read', exact: true }).waitFor()

  await field(ada).fill('half a sen')
  await ada.composer.fill('another half')
  await ada.page.reload()
  await expect.poll(() => field(ada).inputValue()).toBe('half a sen')
  await expect.poll(() => ada.composer.inputValue()).toBe('another half')
  await field(ada).press('Escape')
  await expect.poll(() => ada.thread.count()).toBe(0)
  await grace.page.getByRole('button', { name: 'Close thread' }).click()
  await grace.composer.waitFor()
  expect(failuresOf(ada, grace)).toEqual([])
})

it('edits with a history, pins, links to messages and deletes', async () => {
  const id = await conversation([ADA, GRACE], ['We ship on Friday'])
  const ada = await chat.signIn(ADA, `c/${id}`)
  const grace = await chat.signIn(GRACE, `c/${id}`)

  await ada.composer.press('ArrowUp')
  await ada.page.getByRole('textbox', { name: 'Edit message' }).fill('We ship on Thursday')
  await ada.page.keyboard.press('Enter')
  await grace.row('We ship on Thursday').getByRole('button', { name: '(edited)' }).click()
  await grace.page.getByRole('dialog', { name: 'Earlier versions' }).getByText('We ship on Friday').waitFor()
  await grace.page.keyboard.press('Escape')

  await ada.choose(ada.row('We ship on Thursday'), 'Pin to the conversation')
  await grace.row('We ship on Thursday').getByText('Pinned by Ada Lovelace').click()
  const pinned = grace.page.getByRole('complementary', { name: 'Pinned messages' })
  await pinned.getByRole('button', { name: /We ship on Thursday/ }).click()
  await expect.poll(() => grace.row('We ship on Thursday').getAttribute('data-target')).toBe('true')
  expect(await pinned.getByRole('button', { name: 'Unpin' }).count()).toBe(0)

  await ada.page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await ada.choose(ada.row('We ship on Thursday'), 'Copy link')
  await ada.page.getByText('Link copied.').waitFor()
  const link = await ada.page.evaluate(() => navigator.clipboard.readText())
  expect(link).toMatch(new RegExp(`/chat/#/c/${id}/[0-9]+$`))

  await ada.choose(ada.row('We ship on Thursday'), 'Delete message')
  await ada.page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await grace.row('This message was deleted.').waitFor()
  await pinned.getByText('Nothing pinned yet').waitFor()
  expect(failuresOf(ada, grace)).toEqual([])
})

it('completes names, marks who is named, and sends addresses along', async () => {
  const id = await conversation([ADA, GRACE])
  const ada = await chat.signIn(ADA, `c/${id}`)
  const grace = await chat.signIn(GRACE, `c/${id}`)

  await ada.composer.pressSequentially('Look here, @gr')
  await ada.page.getByRole('option', { name: /Grace Hopper/ }).waitFor()
  await ada.page.keyboard.press('Tab')
  expect(await ada.composer.inputValue()).toBe('Look here, @Grace Hopper ')
  await ada.paste('https://example.org/files/plan.pdf')
  await ada.paste(`${chat.server.url}/chat/favicon.svg`)
  await ada.paste('https://example.org/not-this')
  await ada.page.getByRole('button', { name: 'Remove not-this' }).click()
  await ada.page.keyboard.press('Shift+Tab')
  await ada.composer.press('Enter')

  const row = grace.row('Look here')
  await row.getByRole('link', { name: /plan\.pdf/ }).waitFor()
  await row.getByRole('img', { name: 'favicon.svg' }).waitFor()
  expect(await row.getByRole('listitem').count()).toBe(2)
  expect(await row.locator('.mention').innerText()).toBe('@Grace Hopper')
  expect(await row.getAttribute('data-for-me')).toBe('true')
  expect(await ada.row('Look here').getAttribute('data-for-me')).toBe('false')
  expect(failuresOf(ada, grace)).toEqual([])
})

it('tells how far a message has come, and who is typing', async () => {
  const id = await conversation([ADA, GRACE])
  const ada = await chat.signIn(ADA, `c/${id}`)
  const grace = await chat.signIn(GRACE, 'c/general')

  await ada.say('Are you there?')
  const row = ada.row('Are you there?')
  await row.getByRole('button', { name: 'Delivered', exact: true }).waitFor()
  await grace.page.locator(`a[href="#/c/${id}"]`).click()
  await row.getByRole('button', { name: 'Read', exact: true }).click()
  const info = ada.page.getByRole('dialog', { name: 'Who has read it' })
  await info.getByText('Read by').waitFor()
  await info.getByText('Grace Hopper').waitFor()
  await ada.page.keyboard.press('Escape')
  await expect.poll(() => info.count()).toBe(0)

  await grace.composer.pressSequentially('Y')
  await ada.page.getByRole('status').getByText('Grace Hopper is typing').waitFor({ timeout: 2_000 })
  await grace.say('Yes')
  await expect.poll(() => ada.page.getByText('Grace Hopper is typing').count()).toBe(0)
  expect(failuresOf(ada, grace)).toEqual([])
})

/** Where a message stands, in pixels from the top of the page. */
const topOf = (page: Page, text: string) =>
  page.evaluate((wanted) => {
    const rows = [...document.querySelectorAll('.message')]
    return rows.find((row) => row.textContent?.includes(wanted))?.getBoundingClientRect().top
  }, text)

const isInView = (row: Locator) =>
  row.evaluate((element) => {
    const { top, bottom } = element.getBoundingClientRect()
    const view = element.closest('.log__scroller')?.getBoundingClientRect()
    return view !== undefined && top >= view.top && bottom <= view.bottom
  })

it('finds a message far back, scrolls on from there without jumping, and comes back to the newest', async () => {
  const lines = Array.from({ length: 200 }, (_, index) => `line ${index + 1}.`)
  lines[39] = 'line 40. the needle in the haystack'
  const id = await conversation([ADA, GRACE], lines)
  const grace = await chat.signIn(GRACE, `c/${id}`)
  await grace.row('line 200.').waitFor()
  expect(await grace.row('line 40.').count()).toBe(0)

  await grace.page.keyboard.press('ControlOrMeta+k')
  await grace.page.getByRole('combobox', { name: 'Search messages' }).fill('needle')
  await grace.page.getByRole('option', { name: /needle/ }).click()
  await grace.row('needle').waitFor()
  await expect.poll(() => grace.row('needle').getAttribute('data-target')).toBe('true')
  expect(await grace.row('line 200.').count()).toBe(0)

  // While older ones come above, what is in view stays where it is.
  const view = grace.page.locator('.log__scroller')
  const oldest = () => view.locator('.message').first().innerText()
  const before = await oldest()
  await view.evaluate((element) => element.scrollTo({ top: 300 }))
  const seen = await view.evaluate((element) => {
    const { top } = element.getBoundingClientRect()
    const row = [...element.querySelectorAll('.message')].find(
      (one) => one.getBoundingClientRect().top >= top,
    )
    return /line \d+\./.exec(row?.textContent ?? '')?.[0] ?? ''
  })
  const stood = await topOf(grace.page, seen)
  await expect.poll(oldest).not.toBe(before)
  expect(Math.abs(((await topOf(grace.page, seen)) ?? 0) - (stood ?? 0))).toBeLessThan(2)

  // What comes meanwhile is counted, and one press away.
  const ada = await connect(ADA)
  await ada.call('conversation.send', { conversation: id, messageId: 'late', body: 'the latest news' })
  ada.socket.close()
  const jump = grace.page.getByRole('button', { name: /new message.*jump to the newest/i })
  await jump.click()
  await grace.row('the latest news').waitFor()
  await expect.poll(() => grace.page.getByRole('button', { name: /jump to the newest/i }).count()).toBe(0)
  expect(await grace.row('needle').count()).toBe(0)
  expect(grace.failures).toEqual([])
})

it('reaches the newest message by scrolling down from the past', async () => {
  const lines = Array.from({ length: 70 }, (_, index) => `line ${index + 1}.`)
  const id = await conversation([ADA, GRACE], lines)
  const grace = await chat.signIn(GRACE, `c/${id}/3`)
  await grace
    .row(/line [0-9]\./)
    .first()
    .waitFor()
  expect(await grace.row('line 70.').count()).toBe(0)
  const view = grace.page.locator('.log__scroller')
  const scrollDown = async () => {
    await view.evaluate((element) => element.scrollBy({ top: 400 }))
    return grace.row('line 70.').count()
  }
  await expect.poll(scrollDown, { timeout: 20_000 }).toBe(1)
  expect(grace.failures).toEqual([])
})

it('shows what is said from the past, at once and among the newest messages once it is sent', async () => {
  const lines = Array.from({ length: 70 }, (_, index) => `line ${index + 1}.`)
  const id = await conversation([ADA, GRACE], lines)
  const grace = await chat.signIn(GRACE, `c/${id}/3`)
  await grace.row('line 2.').waitFor()
  await grace.page.context().setOffline(true)
  await grace.say('said in the past')
  await expect.poll(() => isInView(grace.row('said in the past'))).toBe(true)
  await grace.page.context().setOffline(false)
  await grace.row('line 70.').waitFor({ timeout: 20_000 })
  await grace.row('said in the past').getByRole('button', { name: 'Sent' }).waitFor()
  await expect.poll(() => isInView(grace.row('said in the past'))).toBe(true)
  expect(await grace.row('line 2.').count()).toBe(0)
  expect(grace.failures).toEqual([])
})

it('marks where the new messages start, and follows a link to a reply', async () => {
  const id = await conversation([ADA, GRACE], ['old news'])
  const grace = await chat.signIn(GRACE, `c/${id}`)
  await grace.row('old news').waitFor()
  const ada = await chat.signIn(ADA, `c/${id}`)
  await ada.row('old news').getByRole('button', { name: 'Read', exact: true }).waitFor()
  await grace.page.goto('about:blank')
  await ada.say('fresh news')
  await ada.act(ada.row('old news'), 'Reply in thread')
  await ada.page.getByRole('textbox', { name: 'Reply in thread' }).fill('a reply to link to')
  await ada.page.keyboard.press('Enter')
  const stored = ada.thread.locator('[data-status=sent]', { hasText: 'a reply to link to' })
  const offset = await stored.getAttribute('data-offset')

  await grace.page.goto(`${chat.server.url}/chat/#/c/${id}/${offset}`)
  await expect.poll(() => grace.reply('a reply to link to').getAttribute('data-target')).toBe('true')
  const order = await grace.page.locator('.pane__main .log__list > li').allInnerTexts()
  const line = order.findIndex((text) => text.includes('New messages'))
  expect(order[line - 1]).toContain('old news')
  expect(order[line + 1]).toContain('fresh news')
  expect(failuresOf(ada, grace)).toEqual([])
})

it('sends what was written offline, in the thread too', async () => {
  const id = await conversation([ADA, GRACE], ['Going into the tunnel'])
  const ada = await chat.signIn(ADA, `c/${id}`)
  const grace = await chat.signIn(GRACE, `c/${id}`)
  await grace.act(grace.row('tunnel'), 'Reply in thread')
  await grace.thread.getByText('No replies yet').waitFor()
  await grace.page.context().setOffline(true)
  await grace.say('said in the tunnel')
  await grace.page.getByRole('textbox', { name: 'Reply in thread' }).fill('replied in the tunnel')
  await grace.page.keyboard.press('Enter')
  await grace.page.locator('.pane__main [data-status=sending]').getByText('said in the tunnel').waitFor()
  await grace.thread.locator('[data-status=sending]').getByText('replied in the tunnel').waitFor()
  await grace.page.context().setOffline(false)
  await ada.row('said in the tunnel').waitFor({ timeout: 20_000 })
  await ada
    .row('Going into')
    .getByRole('button', { name: /^1 reply/ })
    .click()
  await ada.reply('replied in the tunnel').waitFor()
  expect(failuresOf(ada, grace)).toEqual([])
})

it('shows a message while it is being written', async () => {
  const id = await conversation([ADA, 'Assistant'])
  const ada = await chat.signIn(ADA, `c/${id}`)
  const backend = createBackend({ url: chat.server.url, key: 'dev-key', secret: 'dev-secret' })
  const answer = backend.stream(id, { sender: 'assistant' })
  answer.append('The answer ')
  await ada.row('The answer').getByRole('img', { name: 'being written' }).waitFor()
  answer.append('is 42.')
  await ada.row('The answer is 42.').waitFor()
  await answer.finish()
  await expect.poll(() => ada.page.getByRole('img', { name: 'being written' }).count()).toBe(0)
  await ada.row('The answer is 42.').waitFor()
  expect(ada.failures).toEqual([])
})

it('can be used with the keyboard alone', async () => {
  const id = await conversation([GRACE, ADA], ['one', 'two', 'three'])
  const { page, ...ada } = await chat.signIn(ADA, `c/${id}`)
  const row = (text: string) => page.locator('.pane__main .message', { hasText: text })
  const isFocused = (text: string) => row(text).evaluate((element) => element === document.activeElement)
  await row('three').waitFor()
  await page.locator('.log__scroller').focus()
  await page.keyboard.press('ArrowUp')
  await expect.poll(() => isFocused('three')).toBe(true)
  await page.keyboard.press('ArrowUp')
  await expect.poll(() => isFocused('two')).toBe(true)
  await page.keyboard.press('Enter')
  await page.keyboard.press('Enter')
  await page.getByRole('textbox', { name: 'Search emoji' }).waitFor()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await row('two')
    .getByRole('button', { name: /thumbs up, 1/ })
    .waitFor()
  // The focus is back at what opened the picker.
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('Enter')
  await page.getByRole('complementary', { name: 'Thread' }).waitFor()
  await page.keyboard.type('typed without a mouse')
  await page.keyboard.press('Enter')
  await page.getByRole('log', { name: 'Replies' }).getByText('typed without a mouse').waitFor()
  await page.keyboard.press('Escape')
  await expect.poll(() => page.getByRole('complementary', { name: 'Thread' }).count()).toBe(0)
  await page.keyboard.type('and back')
  await page.keyboard.press('Enter')
  await row('and back').waitFor()
  expect(ada.failures).toEqual([])
})
