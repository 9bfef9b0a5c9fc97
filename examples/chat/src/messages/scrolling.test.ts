import { expect, it } from 'vitest'
import { type Anchor, holdStill, type View } from './scrolling.ts'

/** A view of 100 pixels onto content of a length, and a text at a place in that content. */
function page(length: number, textAt: number, scrollTop: number) {
  const content = { length, textAt, at: scrollTop }
  const view: View = {
    clientHeight: 100,
    get scrollHeight() {
      return content.length
    },
    get scrollTop() {
      return Math.min(content.at, content.length - 100)
    },
    set scrollTop(value) {
      content.at = Math.max(0, Math.min(value, content.length - 100))
    },
    getBoundingClientRect: () => ({ top: 20 }),
  }
  const element = {
    isConnected: true,
    getBoundingClientRect: () => ({ top: 20 + content.textAt - view.scrollTop }),
  }
  const top = () => element.getBoundingClientRect().top - 20
  const anchor: Anchor = { element, top: top(), scrollTop }
  return { content, view, anchor, top }
}

it('holds the text where it stood while content comes above', () => {
  const { content, view, anchor, top } = page(1_000, 210, 200)
  content.length += 500
  content.textAt += 500
  holdStill(view, anchor)
  expect([view.scrollTop, top()]).toEqual([700, 10])
})

it('keeps what the reader scrolled in the same frame in which content came above', () => {
  const { content, view, anchor, top } = page(1_000, 210, 200)
  view.scrollTop -= 47
  content.length += 500
  content.textAt += 500
  holdStill(view, anchor)
  expect([view.scrollTop, top()]).toEqual([653, 57])
})

it('holds the text where it stood when what was above it goes and the view is at its end', () => {
  const { content, view, anchor, top } = page(1_000, 910, 900)
  content.length -= 150
  content.textAt -= 150
  holdStill(view, anchor)
  expect([view.scrollTop, top()]).toEqual([750, 10])
})
