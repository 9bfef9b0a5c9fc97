// Checks what a page sends before anything is done with it.
import { z } from 'zod'
import { Refusal } from './refusal.ts'

/** Control characters other than line breaks and tabs, and halves of characters: they can't be stored or shown. */
const UNFIT = /\p{Cs}|(?![\n\r\t])\p{Cc}/u

/** Text of at most so many characters. */
export const text = (max: number) =>
  z
    .string()
    .max(max)
    .refine((value) => !UNFIT.test(value), 'no control characters')

/** Text that is more than blanks, without the blanks around it. */
export const filledText = (max: number) => text(max).trim().min(1)

/** An id that a page has chosen. */
export const id = z.uuid()

/**
 * Checks a value.
 * @throws Refusal `invalid_request` naming the field
 */
export function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const field = issue?.path.join('.')
  throw new Refusal(
    'invalid_request',
    `${field ? `"${field}": ` : ''}${issue?.message ?? 'It is not valid'}.`,
  )
}

const withId = z.object({ id })

/** The id in a path. What is no id is not there. */
export function idOf(params: unknown): string | undefined {
  return withId.safeParse(params).data?.id
}
