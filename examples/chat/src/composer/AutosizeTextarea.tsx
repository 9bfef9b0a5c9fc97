// A text field as tall as its text, up to the height that its style allows.
import { type ComponentProps, useLayoutEffect, useRef } from 'react'

/** A text field as tall as its text. */
export function AutosizeTextarea(props: ComponentProps<'textarea'>) {
  const element = useRef<HTMLTextAreaElement>(null)
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
