// Which names and ids are well formed.
import { limits } from './limits.ts'

const channelPattern = /^[A-Za-z0-9_\-=@,.;:/#]+$/
// biome-ignore lint/suspicious/noControlCharactersInRegex: refusing control characters is the point
const controlCharacters = /[\u0000-\u001f\u007f]/
const idPattern = /^[\x21-\x7e]+$/
// Half of a surrogate pair is no character, and U+0000 is one that databases do not keep.
const notText = /[\0\p{Surrogate}]/u

/** True for text that can be stored as it is: whole characters, none of them U+0000. */
export const isText = (text: string): boolean => !notText.test(text)

/** True for a channel name: letters, digits and `_-=@,.;:/#`, at most 200 characters. */
export const isChannelName = (name: string): boolean =>
  name.length <= limits.channelLength && channelPattern.test(name)

/** True for an event name: 1 to 200 whole characters, none of them a control character. */
export const isEventName = (name: string): boolean =>
  name.length > 0 && name.length <= limits.eventNameLength && !controlCharacters.test(name) && isText(name)

/** True for an id of an event, message or conversation: 1 to 128 visible ASCII characters. */
export const isId = (id: string): boolean =>
  id.length > 0 && id.length <= limits.idLength && idPattern.test(id)
