import { describe, expect, test } from 'vitest'
import { attachmentOf, isPicture } from './attachments.ts'

describe('an address that is pasted', () => {
  test('becomes a file with a name, and a type when it is a picture', () => {
    expect(attachmentOf(' https://example.org/a/My%20cat.PNG?x=1 ')).toEqual({
      name: 'My cat.PNG',
      url: 'https://example.org/a/My%20cat.PNG?x=1',
      type: 'image/png',
    })
    expect(attachmentOf('http://example.org')).toEqual({ name: 'example.org', url: 'http://example.org' })
    expect(attachmentOf('http://example.org/%E0%A4%A/')?.name).toBe('%E0%A4%A')
  })

  test.each(['see https://example.org', 'javascript:alert(1)', 'https://', '', 'file:///etc/passwd'])(
    'is none: %s',
    (text) => expect(attachmentOf(text)).toBeUndefined(),
  )

  test('is a picture by its type, or else by its name', () => {
    expect(isPicture({ name: 'x', url: 'https://e.org/x', type: 'image/heic' })).toBe(true)
    expect(isPicture({ name: 'x', url: 'https://e.org/x.jpg' })).toBe(true)
    expect(isPicture({ name: 'x.jpg', url: 'https://e.org/x.jpg', type: 'text/plain' })).toBe(false)
  })
})
