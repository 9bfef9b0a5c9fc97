// Development defaults are public knowledge: in production they would let anyone in.
import type { Config } from '../foundation/config/schema.ts'
import { StartupError } from '../foundation/startupError.ts'

const MIN_SECRET_LENGTH = 32

/** True unless `NODE_ENV` is `production`. */
export const isDevelopment = (): boolean => process.env.NODE_ENV !== 'production'

/** @throws StartupError when a development default or a weak secret is used in production */
export function refuseDevelopmentDefaults({ app, apps }: Config): void {
  if (isDevelopment()) return
  if (app.key === 'dev-key' || app.secret === 'dev-secret') {
    throw new StartupError(
      'The development key and secret are refused in production: set NOWCAST_APP_KEY and NOWCAST_APP_SECRET.',
    )
  }
  const pairs = [app, ...apps].flatMap((one, index) => {
    const place = index === 0 ? 'app' : `apps.${index - 1}`
    const further = one.keys.map(({ secret }, at) => ({ place: `${place}.keys.${at}`, secret }))
    return [{ place, secret: one.secret }, ...further]
  })
  for (const { place, secret } of pairs) {
    if (secret.length >= MIN_SECRET_LENGTH) continue
    throw new StartupError(
      `In production "${place}.secret" must have at least ${MIN_SECRET_LENGTH} characters.`,
    )
  }
}
