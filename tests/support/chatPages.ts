// The chat example in Chromium: a server with its pages, people in browsers of their own, and what they do there.
import { fileURLToPath } from 'node:url'
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core'
import { launchBrowser } from './browser.ts'
import { ServerProcess } from './serverProcess.ts'
import { UNLIMITED_TEXT } from './unlimited.ts'

const PAGES = fileURLToPath(new URL('../../examples/chat/dist', import.meta.url))
const CONFIG = `
export default {
  pages: { '/chat/': ${JSON.stringify(PAGES)} },
  conversations: { seed: { general: 'General' } },
  ${UNLIMITED_TEXT},
  drainTimeout: 500,
}
`
export const PHONE = { width: 390, height: 844 }
export const DESKTOP = { width: 1280, height: 800 }

/** A server with the chat's pages, and a browser to look at them. */
export class ChatPages {
  readonly server: ServerProcess
  readonly browser: Browser

  private constructor(server: ServerProcess, browser: Browser) {
    this.server = server
    this.browser = browser
  }

  static async start(): Promise<ChatPages> {
    const server = await ServerProcess.start({ config: CONFIG })
    return new ChatPages(server, await launchBrowser())
  }

  /** Signs a person in, in a browser of their own. @param address what stands behind `#/` */
  async signIn(name: string, address: string, options: BrowserContextOptions = {}): Promise<ChatPage> {
    const context = await this.browser.newContext({ viewport: DESKTOP, ...options })
    const page = await context.newPage()
    const chat = new ChatPage(page)
    await page.goto(`${this.server.url}/chat/#/${address}`)
    await page.getByRole('textbox', { name: 'Your name' }).fill(name)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('log').first().waitFor()
    return chat
  }

  /** Closes every page. */
  async clear(): Promise<void> {
    for (const context of this.browser.contexts()) await context.close()
  }

  async end(): Promise<void> {
    await this.browser.close()
    await this.server.dispose()
  }
}

/** A person's page. */
export class ChatPage {
  readonly page: Page
  /** What went wrong in the page's scripts. */
  readonly failures: string[] = []
  readonly composer: Locator
  readonly thread: Locator

  constructor(page: Page) {
    this.page = page
    page.on('pageerror', (error) => this.failures.push(error.message))
    this.composer = page.getByRole('textbox', { name: /^Message / })
    this.thread = page.getByRole('complementary', { name: 'Thread' })
  }

  /** The row of a message of the conversation itself. */
  row(text: string | RegExp): Locator {
    return this.page.locator('.pane__main .message', { hasText: text })
  }

  /** The row of a message in the thread that is open. */
  reply(text: string | RegExp): Locator {
    return this.thread.locator('.message', { hasText: text })
  }

  async say(text: string): Promise<void> {
    await this.composer.fill(text)
    await this.composer.press('Enter')
  }

  /** Presses a button of a message's toolbar. */
  async act(row: Locator, name: string): Promise<void> {
    await row.hover()
    await row.getByRole('button', { name, exact: true }).click()
  }

  /** Chooses from a message's menu. */
  async choose(row: Locator, item: string | RegExp): Promise<void> {
    await this.act(row, 'More')
    await this.page.getByRole('menuitem', { name: item }).click()
  }

  /** Pastes a text where the focus is. */
  async paste(text: string): Promise<void> {
    await this.page.evaluate((value) => {
      const clipboardData = new DataTransfer()
      clipboardData.setData('text/plain', value)
      const event = new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true })
      document.activeElement?.dispatchEvent(event)
    }, text)
  }
}
