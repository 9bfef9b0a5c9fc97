// The library that Pusher publishes for backends, for the development app of a node of ours.
import Pusher from 'pusher'

const MASTER_KEY = Buffer.alloc(32, 7).toString('base64')

/** The library, with its published options and no others. @param url of a node */
export function pusherLibrary(url: string, options: Partial<Pusher.Options> = {}): Pusher {
  const { hostname: host, port } = new URL(url)
  return new Pusher({
    appId: '1',
    key: 'dev-key',
    secret: 'dev-secret',
    host,
    port,
    useTLS: false,
    encryptionMasterKeyBase64: MASTER_KEY,
    ...options,
  })
}
