// The Threads example in Chromium: a realtime server, the backend with the built pages, and people in browsers of their own.
import { fileURLToPath } from 'node:url'
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core'
import type { Account as AccountInfo, ClientKind } from '../../examples/threads/shared/api.ts'
import { createNode, type Node } from '../../packages/server/src/node/node.ts'
import { launchBrowser } from './browser.ts'
import { freePort } from './serverProcess.ts'
import { startThreads, type ThreadsBackend } from './threadsBackend.ts'

const PAGES = fileURLToPath(new URL('../../examples/threads/dist', import.meta.url))
const APP = { appId: '1', key: 'dev-key', secret: 'dev-secret' }
/** What a page does it does sooner, also while other tests run. */
const PATIENCE_MS = 30_000
const DESKTOP = { width: 1280, height: 800 }

/** The first part of somebody's address. */
type Account = 'maya' | 'jonas' | 'priya' | 'tomas' | 'ines' | 'wei'

/** Servers and browser. */
export class ThreadsPages {
  readonly backend: ThreadsBackend
  readonly browser: Browser
  readonly #node: Node

  private constructor(node: Node, backend: ThreadsBackend, browser: Browser) {
    this.#node = node
    this.backend = backend
    this.browser = browser
  }

  static async start(): Promise<ThreadsPages> {
    const port = await freePort()
    const backend = await startThreads(`http://127.0.0.1:${port}`, { app: APP, pages: PAGES })
    const database = { url: backend.database.embedded.url }
    const node = await createNode({ port, logLevel: 'silent', database })
    await node.listen()
    return new ThreadsPages(node, backend, await launchBrowser())
  }

  /** Signs somebody in by the page for it, in a browser of their own. @param who the first part of their address */
  async signIn(who: Account, client: ClientKind): Promise<ThreadsPage> {
    const page = await this.#open()
    await page.page.goto(`${this.backend.url}/?client=${client}`)
    await page.page.getByRole('radio', { name: new RegExp(`${who}@`) }).check({ force: true })
    await page.page.getByRole('button', { name: 'Sign in' }).click()
    return page.begin()
  }

  /** Opens the page of somebody who has signed in before. */
  async come(who: Account, client: ClientKind): Promise<ThreadsPage> {
    const page = await this.#open()
    const { url } = this.backend
    const accounts: readonly AccountInfo[] = await (
      await page.context.request.get(`${url}/api/accounts`)
    ).json()
    const email = accounts.find((account) => account.email.startsWith(`${who}@`))?.email
    await page.context.request.post(`${url}/api/login`, { data: { email, password: 'threads' } })
    await page.page.goto(`${url}/?client=${client}`)
    return page.begin()
  }

  async #open(): Promise<ThreadsPage> {
    const context = await this.browser.newContext({ viewport: DESKTOP })
    return new ThreadsPage(context, await context.newPage())
  }

  /** Closes every page. */
  async clear(): Promise<void> {
    for (const context of this.browser.contexts()) await context.close()
  }

  async end(): Promise<void> {
    await this.browser.close()
    await this.backend.stop()
    await this.#node.stop()
  }
}

/** Somebody's page. */
export class ThreadsPage {
  readonly context: BrowserContext
  readonly page: Page
  /** What went wrong in the page's scripts. */
  readonly failures: string[] = []

  constructor(context: BrowserContext, page: Page) {
    this.context = context
    this.page = page
    page.setDefaultTimeout(PATIENCE_MS)
    page.on('pageerror', (error) => this.failures.push(error.message))
  }

  /** Waits until the first page is there. */
  async begin(): Promise<this> {
    await this.page.getByRole('heading', { name: 'Threads', level: 1 }).waitFor()
    await this.live()
    return this
  }

  /** Waits until the connection is there. */
  async live(): Promise<void> {
    await this.page.getByRole('banner').getByText('Live', { exact: true }).waitFor()
  }

  /** The row of a thread in the list. */
  row(title: string): Locator {
    return this.page.locator('.thread-row', { hasText: title })
  }

  /** Opens a thread from the list. */
  async open(title: string): Promise<void> {
    await this.row(title).getByRole('link', { name: title, exact: true }).click()
    await this.page.getByRole('article', { name: title }).waitFor()
  }

  /** Makes a thread, which is open then. */
  async start(title: string): Promise<void> {
    await this.page.getByRole('button', { name: 'New thread' }).click()
    await this.page.getByRole('dialog').getByRole('textbox', { name: 'Title' }).fill(title)
    await this.page.getByRole('button', { name: 'Start thread' }).click()
    await this.page.getByRole('article', { name: title }).waitFor()
  }

  /** The title of the open thread. */
  async title(): Promise<string> {
    return (await this.page.locator('#thread-title').innerText()).trim()
  }

  /** Gives the open thread another title. */
  async retitle(title: string): Promise<void> {
    await this.page.getByRole('button', { name: 'Edit the title' }).click()
    const field = this.page.getByRole('textbox', { name: 'Title' })
    await field.fill(title)
    await field.press('Enter')
    await this.page.getByRole('heading', { name: title, exact: true }).waitFor()
  }

  /** Gives the open thread another status. */
  async chooseStatus(label: string): Promise<void> {
    await this.page.getByRole('button', { name: /^Status/ }).click()
    await this.page.getByRole('menuitemradio', { name: label }).click()
  }

  /** Where comments are written. */
  get composer(): Locator {
    return this.page.getByRole('textbox', { name: 'Write a comment' })
  }

  /** Writes a comment. */
  async comment(text: string): Promise<void> {
    await this.composer.fill(text)
    await this.composer.press('Control+Enter')
  }

  /** Where the description is edited. */
  get description(): Locator {
    return this.page.getByRole('textbox', { name: 'Description' })
  }

  /** The description as it is shown, without the others' carets. */
  described(): Promise<string> {
    return this.description.evaluate((editor) => {
      const copy = document.createElement('div')
      copy.innerHTML = editor.innerHTML
      for (const caret of copy.querySelectorAll('.cm-ySelectionCaret')) caret.remove()
      return copy.textContent ?? ''
    })
  }

  /** A comment that is shown. */
  said(text: string): Locator {
    return this.page.locator('.comment', { hasText: text })
  }

  /** Somebody who looks at the open thread. */
  viewer(name: string): Locator {
    return this.page.getByRole('region', { name: 'Viewers' }).getByText(name, { exact: true })
  }
}
