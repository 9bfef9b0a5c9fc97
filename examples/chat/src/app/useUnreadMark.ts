// Tells in the page's icon, and in that of an installed app, that something is new.
import { useEffect } from 'react'

const ICONS = { none: 'favicon.svg', some: 'favicon-unread.svg' } as const

/** Marks the page's icon while messages are unread. */
export function useUnreadMark(unread: number): void {
  useEffect(() => {
    const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]')
    if (icon !== null) icon.href = import.meta.env.BASE_URL + ICONS[unread > 0 ? 'some' : 'none']
    // Only installed pages may; the others are refused, which changes nothing.
    navigator.setAppBadge?.(unread).catch(() => undefined)
  }, [unread])
}
