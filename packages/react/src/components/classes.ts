// Class names of the components: all begin with `nowcast-`.

/** The component's own class, and what the application adds. */
export const classes = (own: string, added: string | undefined): string =>
  added === undefined ? `nowcast-${own}` : `nowcast-${own} ${added}`
