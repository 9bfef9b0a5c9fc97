// A page's globals beside those of Node.js, for tests that also run a node: to be imported before React.
import { JSDOM } from 'jsdom'

const { window } = new JSDOM('<!doctype html><body></body>', {
  url: 'http://localhost/',
  pretendToBeVisual: true,
})

const { document, navigator } = window
Object.assign(globalThis, { window, document }, 'navigator' in globalThis ? {} : { navigator })
