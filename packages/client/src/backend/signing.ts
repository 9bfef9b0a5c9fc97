// Signatures by WebCrypto.

const encode = (text: string) => new TextEncoder().encode(text)

/** SHA-256 of a text. */
export async function sha256(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', encode(text)))
}

/** HMAC-SHA256 of a text. */
export async function hmac(secret: string, text: string): Promise<Uint8Array> {
  const key = await crypto.subtle.importKey('raw', encode(secret), { name: 'HMAC', hash: 'SHA-256' }, false, [
    'sign',
  ])
  return new Uint8Array(await crypto.subtle.sign('HMAC', key, encode(text)))
}

/** Lower-case hexadecimal. */
export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** A JSON Web Token (RFC 7519) signed with HS256. */
export async function signToken(secret: string, claims: object, expiresInSeconds: number): Promise<string> {
  const now = Math.floor(Date.now() / 1_000)
  const payload = { ...claims, iat: now, exp: now + expiresInSeconds }
  const text = `${base64Url(encode('{"alg":"HS256","typ":"JWT"}'))}.${base64Url(encode(JSON.stringify(payload)))}`
  return `${text}.${base64Url(await hmac(secret, text))}`
}

function base64Url(bytes: Uint8Array): string {
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}
