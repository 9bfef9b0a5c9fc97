// The shape of what is still loading.
import './skeleton.css'

const ROW_WIDTHS = [62, 84, 48, 74, 56, 68] as const
const MESSAGE_WIDTHS = [38, 64, 27, 52, 71, 33] as const

/** Rows with an avatar and two lines, e.g. of conversations or members. `rows`: at most 6. */
export function SkeletonRows({ rows = 6 }: { readonly rows?: number }) {
  return (
    <div className="skeleton" aria-hidden>
      {ROW_WIDTHS.slice(0, rows).map((width) => (
        <div key={width} className="skeleton__row">
          <span className="skeleton__tile" />
          <span className="skeleton__lines">
            <span className="skeleton__line" style={{ width: `${width * 0.6}%` }} />
            <span className="skeleton__line skeleton__line--faint" style={{ width: `${width}%` }} />
          </span>
        </div>
      ))}
    </div>
  )
}

/** Messages that are still loading. `rows`: at most 6. */
export function SkeletonMessages({ rows = 6 }: { readonly rows?: number }) {
  return (
    <div className="skeleton skeleton--messages" aria-hidden>
      {MESSAGE_WIDTHS.slice(0, rows).map((width) => (
        <div key={width} className="skeleton__row">
          <span className="skeleton__tile skeleton__tile--round" />
          <span className="skeleton__lines">
            <span className="skeleton__line" style={{ width: '7.5rem' }} />
            <span className="skeleton__line skeleton__line--faint" style={{ width: `${width}%` }} />
          </span>
        </div>
      ))}
    </div>
  )
}
