// A refusal or a failure, in a sentence, read aloud at once.
import { CircleAlert } from 'lucide-react'

/** A refusal or a failure, in a sentence. */
export function Problem({ reason }: { readonly reason: string }) {
  return (
    <p className="problem" role="alert">
      <CircleAlert size={16} aria-hidden />
      {reason}
    </p>
  )
}
