// A text field as tall as its text, up to the height that its style allows.
import { type ComponentProps, type RefObject, useLayoutEffect, useRef } from 'react'

/** What the field needs, beside what every text field does. */
export type AutosizeTextareaProps = Omit<ComponentProps<'textarea'>, 'ref'> & {
  readonly ref?: RefObject<HTMLTextAreaElement | null>
}

/** A text field as tall as its text. */
export function AutosizeTextarea({ ref, ...props }: AutosizeTextareaProps) {
  const own = useRef<HTMLTextAreaElement>(null)
  const element = ref ?? own
  // biome-ignore lint/correctness/useExhaustiveDependencies: the height follows the text
  useLayoutEffect(() => {
    const field = element.current
    if (field === null) return
    field.style.height = 'auto'
    const border = field.offsetHeight - field.clientHeight
    field.style.height = `${field.scrollHeight + border}px`
  }, [props.value])
  return <textarea ref={element} rows={1} {...props} />
}
