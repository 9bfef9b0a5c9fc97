// The backdrop of the first screen: lines of equal pressure, as on a weather map.

const TURN = Math.PI * 2
const STEPS = 72

type Centre = { readonly x: number; readonly y: number; readonly rings: number; readonly gap: number }

const CENTRES: readonly Centre[] = [
  { x: 250, y: 640, rings: 13, gap: 34 },
  { x: 1210, y: 190, rings: 12, gap: 38 },
]

function ring({ x, y }: Centre, radius: number): string {
  const points = Array.from({ length: STEPS }, (_, step) => {
    const angle = (step / STEPS) * TURN
    const wobble = 1 + 0.1 * Math.sin(angle * 2 + x) + 0.05 * Math.sin(angle * 3 + radius / 90)
    const px = x + Math.cos(angle) * radius * wobble * 1.25
    const py = y + Math.sin(angle) * radius * wobble
    return `${px.toFixed(1)} ${py.toFixed(1)}`
  })
  return `M${points.join('L')}Z`
}

const PATHS: readonly string[] = CENTRES.flatMap((centre) =>
  Array.from({ length: centre.rings }, (_, index) => ring(centre, (index + 1) * centre.gap)),
)

/** Lines of equal pressure. Decorative. */
export function Isobars() {
  return (
    <svg className="isobars" viewBox="0 0 1440 900" preserveAspectRatio="xMidYMid slice" aria-hidden>
      {PATHS.map((path) => (
        <path key={path} d={path} />
      ))}
    </svg>
  )
}
