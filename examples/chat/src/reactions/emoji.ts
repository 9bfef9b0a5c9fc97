// The emoji to react with: a short list by hand, in groups, each with the words that find it.

/** An emoji and the words that find it; the first words are its name. */
export type Emoji = { readonly emoji: string; readonly name: string }

/** Emoji that belong together. */
export type EmojiGroup = { readonly name: string; readonly emoji: readonly Emoji[] }

const group = (name: string, listed: Readonly<Record<string, string>>): EmojiGroup => ({
  name,
  emoji: Object.entries(listed).map(([emoji, words]) => ({ emoji, name: words })),
})

/** All of them. */
export const EMOJI_GROUPS: readonly EmojiGroup[] = [
  group('Hands', {
    '👍': 'thumbs up, yes, agree, like',
    '👎': 'thumbs down, no, disagree',
    '👏': 'clap, applause, bravo',
    '🙌': 'raised hands, hooray',
    '🙏': 'folded hands, thanks, please',
    '👋': 'wave, hello, bye',
    '💪': 'strong arm, muscle',
    '🤝': 'handshake, deal',
    '👌': 'ok hand, perfect',
    '✌️': 'victory, peace',
    '🤞': 'crossed fingers, luck',
    '🫡': 'salute, on it',
  }),
  group('Faces', {
    '😀': 'grin, happy, smile',
    '😂': 'tears of joy, laugh, lol',
    '😅': 'sweat smile, phew',
    '😉': 'wink',
    '😊': 'blush, smile',
    '😍': 'heart eyes, love it',
    '😎': 'sunglasses, cool',
    '🤔': 'thinking, hmm',
    '😮': 'surprised, wow',
    '😢': 'crying, sad',
    '😡': 'angry, mad',
    '😴': 'sleeping, tired',
    '🤯': 'mind blown',
    '🥳': 'party face, celebrate',
    '🤗': 'hug',
    '🙃': 'upside down, irony',
    '😬': 'grimace, awkward',
    '🫠': 'melting',
  }),
  group('Hearts', {
    '❤️': 'red heart, love',
    '🧡': 'orange heart',
    '💛': 'yellow heart',
    '💚': 'green heart',
    '💙': 'blue heart',
    '💜': 'purple heart',
    '💔': 'broken heart',
    '✨': 'sparkles, new',
  }),
  group('Work', {
    '✅': 'check mark, done',
    '❌': 'cross mark, no',
    '⚠️': 'warning',
    '❓': 'question',
    '❗': 'exclamation, important',
    '👀': 'eyes, looking',
    '💡': 'light bulb, idea',
    '📌': 'pin',
    '🐛': 'bug',
    '🔧': 'wrench, fix',
    '🚀': 'rocket, ship, launch',
    '🔥': 'fire, hot',
    '⏳': 'hourglass, wait',
    '📈': 'chart up, growth',
    '💯': 'hundred, exactly',
    '🎯': 'target, bullseye',
  }),
  group('Life', {
    '🎉': 'party popper, celebrate, hooray',
    '🎂': 'birthday cake',
    '🏆': 'trophy, win',
    '☕': 'coffee, break',
    '🍕': 'pizza, lunch',
    '🍺': 'beer, cheers',
    '🌞': 'sun, morning',
    '🌙': 'moon, night',
    '🐱': 'cat',
    '🐶': 'dog',
    '🌱': 'seedling, grow',
    '🏖️': 'beach, holiday',
  }),
]

const ALL = EMOJI_GROUPS.flatMap(({ emoji }) => emoji)

/** The name of an emoji, or the emoji itself where it is not of the list. */
export const emojiName = (emoji: string): string =>
  ALL.find((one) => one.emoji === emoji)?.name.split(',')[0] ?? emoji

/** The emoji that a text finds: every word of it begins one of theirs. All, in their groups, for no text. */
export function findEmoji(text: string): readonly EmojiGroup[] {
  const wanted = wordsOf(text)
  if (wanted.length === 0) return EMOJI_GROUPS
  const emoji = ALL.filter(({ name }) => {
    const words = wordsOf(name)
    return wanted.every((start) => words.some((word) => word.startsWith(start)))
  })
  return emoji.length === 0 ? [] : [{ name: 'Found', emoji }]
}

const wordsOf = (text: string): readonly string[] =>
  text
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean)
