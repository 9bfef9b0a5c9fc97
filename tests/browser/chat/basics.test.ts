// The chat example as two people use it, in Chromium, while the network and the server fail them.
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { launchBrowser } from '../../support/browser.ts'
import { ServerProcess } from '../../support/serverProcess.ts'
import { UNLIMITED_TEXT } from '../../support/unlimited.ts'

const PAGES = fileURLToPath(new URL('../../../examples/chat/dist', import.meta.url))
const CONFIG = `
export default {
  pages: { '/chat/': ${JSON.stringify(PAGES)} },
  conversations: { seed: { general: 'General' } },
  drainTimeout: 500,
  ${UNLIMITED_TEXT},
}
`
const PHONE = { width: 390, height: 844 }
const DESKTOP = { width: 1280, height: 800 }

let server: ServerProcess
let browser: Browser

beforeAll(async () => {
  server = await ServerProcess.start({ config: CONFIG })
  browser = await launchBrowser()
})

afterAll(async () => {
  await browser?.close()
  await server?.dispose()
})

afterEach(async () => {
  for (const context of browser.contexts()) await context.close()
})

/** A person in a browser of their own, in the conversation "General". */
async function signIn(name: string, viewport = DESKTOP): Promise<{ page: Page; failures: string[] }> {
  const context = await browser.newContext({ viewport })
  const page = await context.newPage()
  const failures: string[] = []
  page.on('pageerror', (error) => failures.push(error.message))
  await page.goto(`${server.url}/chat/#/c/general`)
  await page.getByRole('textbox', { name: 'Your name' }).fill(name)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('log').waitFor()
  return { page, failures }
}

async function say(page: Page, text: string): Promise<void> {
  await page.getByRole('textbox', { name: /^Message / }).fill(text)
  await page.keyboard.press('Enter')
}

const message = (page: Page, text: string) => page.getByRole('log').getByText(text, { exact: true })

/** The texts on screen, once as many have the state `sent`. */
async function sentMessages(page: Page, count: number): Promise<string[]> {
  const sent = page.locator('[role=log] [data-status=sent] .message__body')
  await expect.poll(() => sent.count(), { timeout: 20_000 }).toBe(count)
  return sent.allInnerTexts()
}

it('carries messages between two people, through an outage of the network, of the server, and a reload', async () => {
  const ada = await signIn('Ada Lovelace')
  const grace = await signIn('Grace Hopper', PHONE)

  await say(ada.page, 'one')
  await message(grace.page, 'one').waitFor()
  await say(grace.page, 'two')
  await message(ada.page, 'two').waitFor()

  // Offline: what is written waits, is told so, and survives a reload.
  await grace.page.context().setOffline(true)
  await say(grace.page, 'three, offline')
  await grace.page
    .getByRole('status')
    .getByText(/offline/i)
    .waitFor()
  await grace.page.locator('[data-status=sending]').getByText('three, offline').waitFor()
  await say(ada.page, 'four, meanwhile')
  await ada.page.locator('[data-status=sent]').getByText('four, meanwhile').waitFor()
  await grace.page.context().setOffline(false)
  await message(ada.page, 'three, offline').waitFor()
  await message(grace.page, 'four, meanwhile').waitFor()

  // The server dies; both go on writing; it comes back.
  await server.end('SIGKILL')
  await say(ada.page, 'five, into the void')
  await say(grace.page, 'six, too')
  await server.start()
  await message(grace.page, 'five, into the void').waitFor({ timeout: 30_000 })
  await message(ada.page, 'six, too').waitFor({ timeout: 30_000 })

  const onAda = await sentMessages(ada.page, 6)
  expect(new Set(onAda).size).toBe(6)
  expect(await sentMessages(grace.page, 6)).toEqual(onAda)
  await ada.page.reload()
  expect(await sentMessages(ada.page, 6)).toEqual(onAda)
  expect([...ada.failures, ...grace.failures]).toEqual([])
})

it('keeps what was written while the server is away, though the page is closed before it is back', async () => {
  const { page } = await signIn('Alan Turing')
  await say(page, 'before the crash')
  await page.locator('[data-status=sent]').getByText('before the crash').waitFor()
  await server.end('SIGKILL')
  await say(page, 'after the crash')
  await page.locator('[data-status=sending]').getByText('after the crash').waitFor()
  const context = page.context()
  await page.close()
  await server.start()
  const later = await context.newPage()
  await later.goto(`${server.url}/chat/#/c/general`)
  await later.locator('[data-status=sent]').getByText('after the crash').waitFor({ timeout: 30_000 })
  expect(await message(later, 'after the crash').count()).toBe(1)
})

it('keeps what was written on a page that has never had a connection', async () => {
  const { page } = await signIn('Annie Easley')
  await page.getByRole('textbox', { name: 'Message General' }).waitFor()
  const context = page.context()
  await page.close()
  await context.routeWebSocket(/nowcast/, (socket) => socket.close())
  await context.route(/\/nowcast\//, (route) => route.abort())

  const cutOff = await context.newPage()
  await cutOff.goto(`${server.url}/chat/#/c/general`)
  await cutOff.getByRole('textbox', { name: 'Write a message' }).fill('from the tunnel')
  await cutOff.keyboard.press('Enter')
  await cutOff.locator('[data-status=sending]').getByText('from the tunnel').waitFor()
  await cutOff.close()
  const still = await context.newPage()
  await still.goto(`${server.url}/chat/#/c/general`)
  await still.locator('[data-status=sending]').getByText('from the tunnel').waitFor()
  await still.close()

  await context.unrouteAll()
  await context.routeWebSocket(/nowcast/, (socket) => {
    socket.connectToServer()
  })
  const later = await context.newPage()
  await later.goto(`${server.url}/chat/#/c/general`)
  await later.locator('[data-status=sent]').getByText('from the tunnel').waitFor({ timeout: 30_000 })
  expect(await message(later, 'from the tunnel').count()).toBe(1)
})

it('stays in the conversation that it opened, and forgets it when another person signs in', async () => {
  const { page } = await signIn('Radia Perlman')
  const other = await signIn('Hedy Lamarr')
  await other.page.getByRole('button', { name: 'New direct message' }).click()
  await other.page.getByRole('dialog').getByRole('textbox').fill('Radia Perlman')
  await other.page.getByRole('dialog').getByRole('button', { name: 'Start writing' }).click()
  await other.page.getByRole('textbox', { name: 'Message Radia Perlman' }).waitFor()

  const again = await page.context().newPage()
  await page.close()
  await say(other.page, 'the newest of all')
  await other.page.locator('[data-status=sent]').getByText('the newest of all').waitFor()
  await again.goto(`${server.url}/chat/`)
  await message(again, 'the newest of all').waitFor()
  await other.page.getByRole('link', { name: /General/ }).click()
  await other.page.getByRole('textbox', { name: 'Message General' }).waitFor()
  await say(other.page, 'newer still')
  await again.getByRole('link', { name: /General.*newer still/ }).waitFor()
  expect(await message(again, 'the newest of all').count()).toBe(1)

  await again.getByRole('button', { name: 'Sign out' }).click()
  await again.getByRole('textbox', { name: 'Your name' }).fill('Katherine Johnson')
  await again.getByRole('button', { name: 'Sign in' }).click()
  await again.getByRole('textbox', { name: 'Message General' }).waitFor()
})

it('edits, deletes and finds messages, and creates and joins conversations', async () => {
  const barbara = await signIn('Barbara Liskov')
  const edsger = await signIn('Edsger Dijkstra')

  await barbara.page.getByRole('button', { name: 'New conversation' }).first().click()
  await barbara.page.getByRole('dialog').getByRole('textbox', { name: 'Name' }).fill('Proofs')
  await barbara.page.getByRole('dialog').getByRole('button', { name: 'Create' }).click()
  await barbara.page.getByRole('textbox', { name: 'Message Proofs' }).waitFor()
  await say(barbara.page, 'Goto considered helpful')

  await edsger.page.getByRole('button', { name: 'Browse conversations' }).first().click()
  await edsger.page.getByRole('button', { name: 'Join Proofs' }).click()
  await message(edsger.page, 'Goto considered helpful').waitFor()

  await barbara.page.getByRole('textbox', { name: /^Message / }).press('ArrowUp')
  await barbara.page.keyboard.press('ControlOrMeta+a')
  await barbara.page.keyboard.type('Goto considered harmful')
  await barbara.page.keyboard.press('Enter')
  await edsger.page.getByRole('log').getByText('Goto considered harmful').waitFor()

  await edsger.page.keyboard.press('ControlOrMeta+k')
  await edsger.page.getByRole('dialog').getByRole('combobox').fill('HARMFUL')
  await edsger.page.getByRole('dialog').getByText('considered', { exact: false }).first().waitFor()
  await edsger.page.keyboard.press('Escape')
  expect([...barbara.failures, ...edsger.failures]).toEqual([])
})

it('loads older messages when scrolled up', async () => {
  const { page } = await signIn('Grace Hopper')
  // Long enough that one page of them is higher than what is loaded ahead.
  const line = (index: number) => `line ${index}: ${'on and on '.repeat(40)}`.trim()
  for (let index = 1; index <= 45; index += 1) await say(page, line(index))
  await page.locator('[data-status=sent]').getByText(line(45), { exact: true }).waitFor()
  await page.reload()
  await message(page, line(45)).waitFor()
  expect(await message(page, line(5)).count()).toBe(0)
  await page.getByRole('log').hover()
  await expect
    .poll(
      async () => {
        await page.mouse.wheel(0, -2_000)
        return message(page, line(5)).count()
      },
      { timeout: 20_000 },
    )
    .toBe(1)
})

it('is readable at phone width, without sideways scrolling', async () => {
  const { page } = await signIn('Ada Lovelace', PHONE)
  const overflow = () => document.documentElement.scrollWidth - document.documentElement.clientWidth
  expect(await page.evaluate(overflow)).toBe(0)
  await page.getByRole('button', { name: 'Back' }).first().click()
  await page.getByRole('navigation', { name: 'Conversations' }).waitFor()
  expect(await page.evaluate(overflow)).toBe(0)
})
