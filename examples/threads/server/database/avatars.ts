// Pictures of the people whom the example begins with: two colours each, small enough for a token.

/** Address of a picture that is in the address itself. */
export function avatar(background: string, foreground: string): string {
  const svg =
    `<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 40 40'><path fill='${background}' d='M0 0h40v40H0z'/>` +
    `<g fill='${foreground}'><circle cx='20' cy='16' r='7'/><ellipse cx='20' cy='38' rx='13' ry='12'/></g></svg>`
  return `data:image/svg+xml,${svg.replace(/[#<>]/g, encodeURIComponent)}`
}
