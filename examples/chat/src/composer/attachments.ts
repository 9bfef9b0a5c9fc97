// Attaching by address: the files themselves stay where they are. Pure: text in, attachments out.
import type { Attachment } from '@nowcast/react'

const MAX_ADDRESS = 2_000
/** The most files that one message can hold. */
export const MAX_ATTACHMENTS = 10
const MAX_NAME = 200
const PICTURES: Readonly<Record<string, string>> = {
  avif: 'image/avif',
  gif: 'image/gif',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  png: 'image/png',
  svg: 'image/svg+xml',
  webp: 'image/webp',
}

/** The file that an address leads to; absent when the text is not an address alone. */
export function attachmentOf(text: string): Attachment | undefined {
  const address = text.trim()
  if (!/^https?:\/\/\S+$/.test(address) || !URL.canParse(address) || address.length > MAX_ADDRESS)
    return undefined
  const { pathname, host } = new URL(address)
  const last = decoded(pathname.split('/').findLast((part) => part !== '') ?? host)
  const type = PICTURES[last.toLowerCase().split('.').at(-1) ?? '']
  return { name: last.slice(0, MAX_NAME), url: address, ...(type !== undefined && { type }) }
}

/** True for what can be shown as a picture. */
export const isPicture = ({ type, url }: Attachment): boolean =>
  type?.startsWith('image/') ?? attachmentOf(url)?.type !== undefined

/** The host of an address, to tell where a link leads. */
export const hostOf = ({ url }: Attachment): string => (URL.canParse(url) ? new URL(url).host : url)

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
