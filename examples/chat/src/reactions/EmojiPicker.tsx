// Picks an emoji: those used last first, the others in groups, or found by name. Arrow keys move, Enter picks.
import { type KeyboardEvent, useState } from 'react'
import { type EmojiGroup, emojiName, findEmoji } from './emoji.ts'
import { nearest } from './nearest.ts'
import './picker.css'
import { recentEmoji, rememberEmoji } from './recentEmoji.ts'

const finePointer = matchMedia('(pointer: fine)')

/** Picks an emoji. */
export function EmojiPicker({ onPick }: { readonly onPick: (emoji: string) => void }) {
  const [text, setText] = useState('')
  const [recent] = useState<EmojiGroup>(() => ({
    name: 'Recently used',
    emoji: recentEmoji().map((emoji) => ({ emoji, name: emojiName(emoji) })),
  }))
  const found = findEmoji(text)
  const groups = text.trim() === '' ? [recent, ...found] : found

  const pick = (emoji: string) => {
    rememberEmoji(emoji)
    onPick(emoji)
  }
  const keys = (event: KeyboardEvent<HTMLElement>) => {
    const first = groups[0]?.emoji[0]
    const searching = event.target instanceof HTMLInputElement
    if (event.key === 'Enter' && searching && first !== undefined) {
      event.preventDefault()
      pick(first.emoji)
      return
    }
    // Inside of the text the arrows to the sides belong to the caret.
    if (searching && (event.key === 'ArrowLeft' || event.key === 'ArrowRight')) return
    const buttons = [...event.currentTarget.querySelectorAll('button')]
    const next = nearest(
      buttons,
      buttons.find((button) => button === document.activeElement),
      event.key,
    )
    if (next === undefined) return
    event.preventDefault()
    next.focus()
  }

  return (
    <search className="emoji" onKeyDown={keys}>
      <input
        className="input emoji__search"
        aria-label="Search emoji"
        placeholder="Search emoji"
        value={text}
        onChange={(event) => setText(event.target.value)}
        autoComplete="off"
        spellCheck={false}
        // On a phone the keyboard would cover the emoji.
        data-first-focus={finePointer.matches ? '' : undefined}
      />
      <div className="emoji__groups">
        {groups.map(({ name, emoji }) => (
          <section key={name} aria-label={name}>
            <h3 className="emoji__heading">{name}</h3>
            <div className="emoji__grid">
              {emoji.map((one) => (
                <button
                  key={one.emoji}
                  type="button"
                  className="emoji__one"
                  aria-label={one.name.split(',')[0]}
                  title={one.name.split(',')[0]}
                  tabIndex={-1}
                  onClick={() => pick(one.emoji)}
                >
                  {one.emoji}
                </button>
              ))}
            </div>
          </section>
        ))}
        {groups.length === 0 && <p className="emoji__nothing">No emoji found for “{text.trim()}”.</p>}
      </div>
    </search>
  )
}
