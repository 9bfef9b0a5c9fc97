// Passwords are kept as scrypt makes them, each with a salt of its own.
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

const derive = promisify<string, Buffer, number, Buffer>(scrypt)
const SALT_BYTES = 16
const KEY_BYTES = 32

/** What is stored of a password: `salt:key`, both in hex. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES)
  return `${salt.toString('hex')}:${(await derive(password, salt, KEY_BYTES)).toString('hex')}`
}

/**
 * Whether the password is the stored one.
 * @param stored undefined where there is no such account: that takes as long, and is never right
 */
export async function isPassword(password: string, stored: string | undefined): Promise<boolean> {
  const [salt = '', key = ''] = stored?.split(':') ?? []
  const expected = Buffer.from(key, 'hex')
  const derived = await derive(password, Buffer.from(salt, 'hex'), KEY_BYTES)
  return expected.length === derived.length && timingSafeEqual(expected, derived)
}
