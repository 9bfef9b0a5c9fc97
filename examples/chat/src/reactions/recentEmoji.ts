// The emoji used last, in this browser.

const KEY = 'nowcast.chat.emoji'
const MAX_RECENT = 8
const FIRST: readonly string[] = ['👍', '❤️', '😂', '🎉', '🙏', '👀', '✅', '🚀']

/** The emoji used last, newest first; some that are often used fill the row. */
export function recentEmoji(): readonly string[] {
  const used = (localStorage.getItem(KEY) ?? '').split(' ').filter(Boolean)
  return [...new Set([...used, ...FIRST])].slice(0, MAX_RECENT)
}

/** An emoji was used. */
export function rememberEmoji(emoji: string): void {
  const used = (localStorage.getItem(KEY) ?? '').split(' ').filter(Boolean)
  localStorage.setItem(KEY, [...new Set([emoji, ...used])].slice(0, MAX_RECENT).join(' '))
}
