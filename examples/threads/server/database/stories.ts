// The threads that the example begins with: what was said and done, and how many minutes ago.
import type { ItemKind, ThreadStatus } from '../../shared/api.ts'
import type { OrganizationId } from './people.ts'

/** A thread as it has come about. */
export interface Story {
  readonly organization: OrganizationId
  readonly title: string
  readonly description: string
  readonly author: string
  readonly minutesAgo: number
  readonly status?: { readonly to: ThreadStatus; readonly by: string; readonly minutesAgo: number }
  readonly comments: readonly {
    readonly by: string
    readonly minutesAgo: number
    readonly body: string
    readonly editedMinutesAgo?: number
  }[]
  readonly items: readonly {
    readonly by: string
    readonly minutesAgo: number
    readonly kind: ItemKind
    readonly title: string
    readonly url: string
  }[]
}

const HOUR = 60
const DAY = 24 * HOUR

/** All of them. */
export const stories: readonly Story[] = [
  {
    organization: 'northwind',
    title: 'Harbour Museum: opening screens for the tide gallery',
    description:
      'Four screens, one room, and the light changes all day. We need an opening sequence that reads from the door and still rewards people who stop.\n\nDecide by Friday: do we follow the live tide, or a recorded spring tide?',
    author: 'maya',
    minutesAgo: 3 * DAY,
    status: { to: 'in-progress', by: 'priya', minutesAgo: 2 * DAY },
    comments: [
      {
        by: 'jonas',
        minutesAgo: 2 * DAY + 5 * HOUR,
        body: 'Went there at noon with the meter. The west wall gets 900 lux until two, so anything below 60 % contrast is gone.',
      },
      {
        by: 'priya',
        minutesAgo: 2 * DAY + 2 * HOUR,
        body: 'Then the live tide needs a dark ground. I have three palettes that hold up; adding the file.',
      },
      {
        by: 'maya',
        minutesAgo: 20 * HOUR,
        body: 'The curator prefers live, as long as nothing blinks when the gauge drops out. Can we fall back to the forecast?',
        editedMinutesAgo: 19 * HOUR,
      },
      {
        by: 'tomas',
        minutesAgo: 95,
        body: 'Yes. Gauge every minute, forecast when it is older than ten. I have it running on the small screen by the stairs, have a look.',
      },
      { by: 'jonas', minutesAgo: 41, body: 'Looked. It breathes. That is the one.' },
    ],
    items: [
      {
        by: 'priya',
        minutesAgo: 2 * DAY + HOUR,
        kind: 'file',
        title: 'Palettes for bright rooms, v3.pdf',
        url: 'https://files.northwind.example/tide/palettes-v3.pdf',
      },
      {
        by: 'tomas',
        minutesAgo: 90,
        kind: 'link',
        title: 'Tide gauge, harbour entrance',
        url: 'https://tides.example/harbour-entrance',
      },
      {
        by: 'maya',
        minutesAgo: 30,
        kind: 'task',
        title: 'Ask the museum for a second power feed on the west wall',
        url: '',
      },
    ],
  },
  {
    organization: 'northwind',
    title: 'Pricing page: three plans or a slider?',
    description:
      'Sales wants a slider. Support says that people write to us because they do not know which plan they are on. Let us look at both with real numbers.',
    author: 'tomas',
    minutesAgo: 2 * DAY,
    comments: [
      {
        by: 'priya',
        minutesAgo: 26 * HOUR,
        body: 'Five visitors, five calls. Four moved the slider once to see that it moves, then looked for a table.',
      },
      { by: 'tomas', minutesAgo: 25 * HOUR, body: 'That is… clear. Table with a number field, then?' },
      {
        by: 'maya',
        minutesAgo: 150,
        body: 'Try it. And please let the price be text that can be selected, somebody always needs it in a mail.',
      },
    ],
    items: [
      {
        by: 'priya',
        minutesAgo: 26 * HOUR,
        kind: 'file',
        title: 'Notes from five calls.md',
        url: 'https://files.northwind.example/pricing/calls.md',
      },
    ],
  },
  {
    organization: 'northwind',
    title: 'Typeface licence ends on the 30th',
    description:
      'The web licence of our text face. Renew for a year, or move to the variable version for good?',
    author: 'jonas',
    minutesAgo: 6 * DAY,
    status: { to: 'resolved', by: 'jonas', minutesAgo: 5 * HOUR },
    comments: [
      {
        by: 'maya',
        minutesAgo: 5 * DAY,
        body: 'Variable. Two files instead of nine, and the italics are better.',
      },
      { by: 'jonas', minutesAgo: 5 * HOUR, body: 'Bought, and live on the staging site. Closing this.' },
    ],
    items: [
      {
        by: 'jonas',
        minutesAgo: 6 * HOUR,
        kind: 'link',
        title: 'Staging with the variable face',
        url: 'https://staging.northwind.example/type',
      },
    ],
  },
  {
    organization: 'northwind',
    title: 'Winter party: where do we put forty people?',
    description: 'Somewhere with a kitchen that we may use. Not the boat again.',
    author: 'priya',
    minutesAgo: 7 * HOUR,
    comments: [
      { by: 'tomas', minutesAgo: 6 * HOUR, body: 'I liked the boat.' },
      { by: 'jonas', minutesAgo: 6 * HOUR - 4, body: 'Nobody liked the boat, Tomás.' },
      {
        by: 'maya',
        minutesAgo: 12,
        body: 'My cousin’s bakery is empty from four on. Ovens included, if we clean up.',
      },
    ],
    items: [{ by: 'priya', minutesAgo: 10, kind: 'task', title: 'Call the bakery before Thursday', url: '' }],
  },
  {
    organization: 'northwind',
    title: 'Old client wiki: keep, move, or let go',
    description: 'Everything anybody still needed has been moved to the handbook.',
    author: 'maya',
    minutesAgo: 20 * DAY,
    status: { to: 'archived', by: 'maya', minutesAgo: 9 * DAY },
    comments: [
      { by: 'priya', minutesAgo: 12 * DAY, body: 'I took the photography guidelines out. The rest can go.' },
    ],
    items: [],
  },
  {
    organization: 'halcyon',
    title: 'Sensor drift after firmware 2.4',
    description:
      'Units 11 to 18 read 0.3 °C high after a night in the cold room. Units on 2.3 do not. Find out before the batch ships.',
    author: 'ines',
    minutesAgo: 30 * HOUR,
    status: { to: 'in-progress', by: 'wei', minutesAgo: 28 * HOUR },
    comments: [
      {
        by: 'wei',
        minutesAgo: 27 * HOUR,
        body: 'The new build averages over 64 samples, but starts with an empty buffer. I bet it is the first minute.',
      },
      {
        by: 'ines',
        minutesAgo: 75,
        body: 'It is. Thrown away the first 64, and the drift is gone on all eight.',
      },
    ],
    items: [
      {
        by: 'wei',
        minutesAgo: 26 * HOUR,
        kind: 'link',
        title: 'Change that introduced the buffer',
        url: 'https://code.halcyon.example/firmware/changes/481',
      },
    ],
  },
  {
    organization: 'halcyon',
    title: 'Name for the field kit',
    description: 'It needs one before the fair. One word, sayable with gloves on.',
    author: 'wei',
    minutesAgo: 4 * DAY,
    comments: [
      { by: 'ines', minutesAgo: 3 * DAY, body: 'Wren. Small, tough, found everywhere.' },
      { by: 'wei', minutesAgo: 55, body: 'Wren it is, unless the lawyers know another one.' },
    ],
    items: [{ by: 'wei', minutesAgo: 50, kind: 'task', title: 'Search the register for “Wren”', url: '' }],
  },
]
