// What a production server's visitor sees: sign-in by name is for development.

const EXAMPLE = `createClient({
  url: location.origin,
  token: () => tokenOfMyApp(),
})`

/** Says that this server gives no tokens by name, and what to do instead. */
export function NotOffered() {
  return (
    <>
      <h1>Your app holds the key.</h1>
      <p className="sign-in__lead">
        Signing in with just a name is for development. This server runs in production, so it only accepts
        tokens that your application issues:
      </p>
      <pre className="sign-in__code">
        <code>{EXAMPLE}</code>
      </pre>
      <button type="button" className="button sign-in__submit" onClick={() => location.reload()}>
        Try again
      </button>
    </>
  )
}
