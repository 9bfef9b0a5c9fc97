// Signatures by WebCrypto.

const encode = (text: string) => new TextEncoder().encode(text)

/** SHA-256 of a text's UTF-8, or of bytes. */
export async function sha256(content: string | Uint8Array): Promise<Uint8Array> {
  const bytes = typeof content === 'string' ? encode(content) : new Uint8Array(content)
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
}

/** HMAC-SHA256 of a text. */
export async function hmac(secret: string, text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.sign('HMAC', await importKey(secret, 'sign'), encode(text)))
}

/** Whether `hex` is the HMAC-SHA256 of a text. How long this takes does not tell how much of it is right. */
export async function hmacMatches(secret: string, text: string, hex: string): Promise<boolean> {
  if (!/^[0-9a-f]{64}$/.test(hex)) return false
  const signature = new Uint8Array(hex.length / 2)
  for (let index = 0; index < signature.length; index += 1)
    signature[index] = Number.parseInt(hex.slice(index * 2, index * 2 + 2), 16)
  return crypto.subtle.verify('HMAC', await importKey(secret, 'verify'), signature, encode(text))
}

function importKey(secret: string, use: 'sign' | 'verify') {
  return crypto.subtle.importKey('raw', encode(secret), { name: 'HMAC', hash: 'SHA-256' }, false, [use])
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
