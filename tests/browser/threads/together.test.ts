// Two people of one organization in Chromium, on each client library and one on each: what one does, the other sees.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ThreadsPages } from '../../support/threadsPages.ts'

const PARTY = 'Winter party: where do we put forty people?'

let pages: ThreadsPages
beforeAll(async () => {
  pages = await ThreadsPages.start()
})
afterEach(() => pages.clear())
afterAll(() => pages.end())

describe.each([
  { maya: 'pusher', jonas: 'pusher' },
  { maya: 'nowcast', jonas: 'nowcast' },
  { maya: 'pusher', jonas: 'nowcast' },
] as const)('Maya on $maya, Jonas on $jonas', (clients) => {
  /** What a page does alone needs no proof between the two libraries. */
  const onEach = it.runIf(clients.maya === clients.jonas)
  const both = async () => {
    const [maya, jonas] = await Promise.all([
      pages.come('maya', clients.maya),
      pages.come('jonas', clients.jonas),
    ])
    return { maya, jonas }
  }

  /** Unlike the names of the other tests' threads. */
  const named = (name: string) => `${name} (${clients.maya}, ${clients.jonas})`

  /** A thread of this test's own, open on both pages. */
  const inThread = async (name: string) => {
    const title = named(name)
    const { maya, jonas } = await both()
    await maya.start(title)
    await jonas.open(title)
    for (const { page } of [maya, jonas]) await page.getByText('2 viewing').waitFor()
    return { maya, jonas, title }
  }

  onEach('shows each other as viewers, and who has left no more', async () => {
    const { maya, jonas } = await inThread('Who looks?')
    await maya.viewer('Jonas Lindqvist').waitFor()
    await jonas.viewer('Maya Okafor').waitFor()
    await jonas.page.getByRole('link', { name: 'All threads' }).click()
    await maya.page.getByText('1 viewing').waitFor()
    expect(await maya.viewer('Jonas Lindqvist').count()).toBe(0)
  })

  onEach('shows new threads, titles and statuses of the other in the list', async () => {
    const { maya, jonas } = await both()
    await maya.start(named('A lamp'))
    await jonas.row(named('A lamp')).waitFor()
    await maya.retitle(named('A much better lamp'))
    await jonas.row(named('A much better lamp')).waitFor()
    await maya.chooseStatus('In progress')
    await jonas.row(named('A much better lamp')).getByText('In progress').waitFor()
    await jonas.page
      .getByRole('log', { name: /^Activity/ })
      .getByText('Now: in progress')
      .first()
      .waitFor()
  })

  it('shows comments of the other as they are written, edited and deleted', async () => {
    const { maya, jonas } = await inThread('What to say')
    await maya.comment('First thought')
    await jonas.said('First thought').waitFor()
    await maya.page.getByRole('button', { name: 'Edit comment' }).click()
    await maya.page.getByRole('textbox', { name: 'Comment', exact: true }).fill('Second thought')
    await maya.page.getByRole('button', { name: 'Save' }).click()
    await jonas.said('Second thought').getByText('edited').waitFor()
    await maya.page.getByRole('button', { name: 'Delete comment' }).click()
    await maya.page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await jonas.page.getByText('Nobody has commented yet.').waitFor()
    expect(await jonas.said('thought').count()).toBe(0)
  })

  onEach('shows that the other types, until the comment is sent', async () => {
    const { maya, jonas } = await inThread('Who types?')
    await maya.composer.pressSequentially('Well')
    const typing = jonas.page.getByText('Maya Okafor is typing…')
    await typing.waitFor()
    await maya.page.getByRole('button', { name: 'Comment', exact: true }).click()
    await typing.waitFor({ state: 'detached' })
    await jonas.said('Well').waitFor()
    expect(await maya.page.getByText('is typing…').count()).toBe(0)
  })

  onEach('shows connected items of the other', async () => {
    const { maya, jonas } = await inThread('Links')
    await maya.page.getByRole('button', { name: 'Connect something' }).click()
    const form = maya.page.getByRole('form', { name: 'Connect something' })
    await form.getByRole('textbox', { name: 'Title' }).fill('The plan')
    await form.getByRole('textbox', { name: 'Address' }).fill('https://example.com/plan')
    await form.getByRole('button', { name: 'Connect' }).click()
    const item = jonas.page.getByRole('link', { name: 'The plan' })
    await item.waitFor()
    expect(await item.getAttribute('href')).toBe('https://example.com/plan')
    await jonas.page.getByRole('button', { name: 'Remove The plan' }).click()
    await maya.page.getByText('Nothing yet').waitFor()
  })

  it('lets both write in the description at once, and keeps what both wrote', async () => {
    const { maya, jonas, title } = await inThread('Written by two')
    await maya.description.click()
    await maya.description.pressSequentially('Maya was here. ')
    await jonas.description.getByText('Maya was here.').waitFor()
    await jonas.page.locator('.cm-ySelectionInfo', { hasText: 'Maya Okafor' }).waitFor({ state: 'attached' })
    await jonas.description.click()
    await jonas.description.press('Control+End')
    await Promise.all([
      maya.description.pressSequentially('One. '),
      jonas.description.pressSequentially('Two. '),
    ])
    const all = /^(?=.*Maya was here\. )(?=.*One\. )(?=.*Two\. )/
    await expect.poll(() => maya.described()).toMatch(all)
    await expect.poll(() => jonas.described()).toMatch(all)
    const text = await maya.described()
    expect(await jonas.described()).toBe(text)
    await maya.composer.focus()
    await maya.page.getByRole('link', { name: 'All threads' }).click()
    await maya.row(title).getByText(text.trim()).waitFor()
    await jonas.page.reload()
    await expect.poll(() => jonas.described()).toBe(text)
  })

  onEach('tells whose title came first, and offers the own one', async () => {
    const { maya, jonas } = await inThread('Name it')
    await maya.page.getByRole('button', { name: 'Edit the title' }).click()
    const field = maya.page.getByRole('textbox', { name: 'Title' })
    await field.fill('Maya’s name')
    await jonas.retitle('Jonas’s name')
    await maya.page.getByText('Meanwhile it was changed to “Jonas’s name”.').waitFor()
    await field.press('Enter')
    await maya.page.getByText(/^Jonas Lindqvist’s change came first/).waitFor()
    expect(await maya.title()).toBe('Jonas’s name')
    await maya.page.getByRole('button', { name: 'Use mine' }).click()
    await jonas.page.getByRole('heading', { name: 'Maya’s name' }).waitFor()
  })

  onEach('says that the thread was deleted meanwhile, and by whom', async () => {
    const { maya, jonas, title } = await inThread('Soon gone')
    await maya.page.getByRole('button', { name: 'More' }).click()
    await maya.page.getByRole('menuitem', { name: 'Delete thread…' }).click()
    await maya.page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await jonas.page.getByText(`Maya Okafor deleted “${title}”`).waitFor()
    await maya.page.getByRole('heading', { name: 'Threads', level: 1 }).waitFor()
    expect(await maya.row(title).count()).toBe(0)
  })

  onEach('says after an absence that the thread is gone', async () => {
    const { maya, jonas, title } = await inThread('Gone meanwhile')
    await jonas.context.setOffline(true)
    await jonas.page.getByText('You are offline.').waitFor()
    await maya.page.getByRole('button', { name: 'More' }).click()
    await maya.page.getByRole('menuitem', { name: 'Delete thread…' }).click()
    await maya.page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await maya.page.getByRole('heading', { name: 'Threads', level: 1 }).waitFor()
    await jonas.context.setOffline(false)
    await jonas.page.getByText(`Maya Okafor deleted “${title}”`).waitFor()
  })

  onEach('loads what was missed while it was offline', async () => {
    const { maya, jonas } = await inThread('Cut off')
    await jonas.context.setOffline(true)
    await jonas.page.getByText('You are offline.').waitFor()
    await maya.comment('Said meanwhile')
    await maya.retitle('Cut off and back')
    await maya.said('Said meanwhile').waitFor()
    await jonas.context.setOffline(false)
    await jonas.live()
    await jonas.said('Said meanwhile').waitFor()
    await jonas.page.getByRole('heading', { name: 'Cut off and back' }).waitFor()
    expect(await jonas.said('Said meanwhile').count()).toBe(1)
    await jonas.page
      .getByRole('log', { name: /^Activity/ })
      .getByText('“Said meanwhile”')
      .waitFor()
  })

  onEach('keeps a comment that could not be sent, to be sent again', async () => {
    const { maya, jonas } = await inThread('Try again')
    await maya.page.route('**/comments', (route) => route.abort())
    await maya.comment('Second attempt')
    await maya.page.getByText('Not sent.').waitFor()
    await maya.page.unroute('**/comments')
    await maya.page.getByRole('button', { name: 'Try again' }).click()
    await jonas.said('Second attempt').waitFor()
    await maya.page.getByText('Not sent.').waitFor({ state: 'detached' })
    expect(await maya.said('Second attempt').count()).toBe(1)
  })

  onEach('shows a comment once whose answer was lost', async () => {
    const { maya, jonas } = await inThread('Only once')
    await maya.page.route('**/comments', async (route) => {
      await route.fetch()
      await route.abort()
    })
    await maya.comment('Heard once')
    await jonas.said('Heard once').waitFor()
    await maya.page.getByRole('button', { name: 'Edit comment' }).waitFor()
    expect([await maya.said('Heard once').count(), await jonas.said('Heard once').count()]).toEqual([1, 1])
    expect(await maya.page.getByText('Not sent.').count()).toBe(0)
  })

  onEach('shows nothing to somebody of another organization', async () => {
    const { maya, title } = await inThread('Among us')
    const wei = await pages.signIn('wei', clients.jonas)
    expect(await wei.row(title).count()).toBe(0)
    expect(await wei.row(PARTY).count()).toBe(0)
    await wei.page.goto(maya.page.url())
    await wei.page.getByRole('heading', { name: 'There is no such thread' }).waitFor()
    await maya.page.getByText('2 viewing').waitFor()
  })
})

it('switches between the libraries, and remembers it', async () => {
  const maya = await pages.signIn('maya', 'pusher')
  const jonas = await pages.signIn('jonas', 'pusher')
  await maya.page.getByRole('radio', { name: 'Nowcast' }).check({ force: true })
  await maya.live()
  expect(new URL(maya.page.url()).searchParams.get('client')).toBe('nowcast')
  await jonas.start('Told to both')
  await maya.row('Told to both').waitFor()
  await maya.page.goto(pages.backend.url)
  await maya.live()
  expect(await maya.page.getByRole('radio', { name: 'Nowcast' }).isChecked()).toBe(true)
  expect([maya.failures, jonas.failures]).toEqual([[], []])
})
