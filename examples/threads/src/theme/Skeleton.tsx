// The shape of what is still loading.
import './skeleton.css'

const LINE_WIDTHS = [62, 84, 48, 74, 56, 68] as const

/** Rows of two lines, with a round tile in front where `tiles` is set. `rows`: at most 6. */
export function SkeletonRows({
  rows = 6,
  tiles = false,
}: {
  readonly rows?: number
  readonly tiles?: boolean
}) {
  return (
    <div className="skeleton" aria-hidden>
      {LINE_WIDTHS.slice(0, rows).map((width) => (
        <div key={width} className="skeleton__row">
          {tiles && <span className="skeleton__tile" />}
          <span className="skeleton__lines">
            <span className="skeleton__line" style={{ width: `${width}%` }} />
            <span className="skeleton__line skeleton__line--faint" style={{ width: `${width * 0.6}%` }} />
          </span>
        </div>
      ))}
    </div>
  )
}
