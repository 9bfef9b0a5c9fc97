// Who a connection is on a presence channel: whom the application has signed for it, else the user who has signed in.
import { isObject, isText, type Json, NowcastError } from '@nowcast/protocol'
import type { User } from '../../core/connection.ts'
import type { PusherSettings } from '../../foundation/config/schema.ts'
import { fromUserInfo } from './memberInfo.ts'
import type { SignedIn } from './pusherConnection.ts'

/** Somebody who enters a presence channel. */
export interface EnteringMember {
  readonly user: User
  /** What the application says of the member besides. */
  readonly data: Json | undefined
}

type Bounds = Pick<PusherSettings, 'maxUserIdLength' | 'maxMemberBytes'>

/**
 * The member whom a connection is to be.
 * @param channelData as it was signed; absent where it is the signed-in user
 * @throws NowcastError `unauthorized` when nobody is named, `invalid_command`, `data_too_large`
 */
export function enteringMember(
  channelData: string | undefined,
  signedIn: SignedIn | undefined,
  bounds: Bounds,
): EnteringMember {
  if (channelData !== undefined) return parseMember(channelData, bounds)
  if (signedIn === undefined) {
    throw new NowcastError(
      'unauthorized',
      'A presence channel needs channel_data, or a user who has signed in.',
    )
  }
  return toMember(signedIn.user.id, signedIn.userInfo)
}

/**
 * The id of a user as applications write it: text, or a number. Not a number whose last digits are lost when it is read: the
 * ids of several users would be the same.
 * @throws NowcastError `invalid_command`
 */
export function parseUserId(id: Json | undefined, field: string, maxLength: number): string {
  if (typeof id === 'number' && Math.abs(id) > Number.MAX_SAFE_INTEGER) {
    throw new NowcastError('invalid_command', `"${field}" must be text: the number is too large.`, { field })
  }
  const text = typeof id === 'number' ? String(id) : id
  if (typeof text === 'string' && text !== '' && text.length <= maxLength && isText(text)) return text
  throw new NowcastError('invalid_command', `"${field}" must be an id of 1 to ${maxLength} characters.`, {
    field,
  })
}

/** @throws NowcastError `data_too_large` */
export function checkUserInfo(info: Json | undefined, maxBytes: number): void {
  if (info === undefined || Buffer.byteLength(JSON.stringify(info)) <= maxBytes) return
  throw new NowcastError('data_too_large', `"user_info" has at most ${maxBytes} bytes of JSON.`, {
    field: 'user_info',
  })
}

function parseMember(channelData: string, { maxUserIdLength, maxMemberBytes }: Bounds): EnteringMember {
  const fields = parseSigned(channelData, 'channel_data')
  const id = parseUserId(fields.user_id, 'user_id', maxUserIdLength)
  checkUserInfo(fields.user_info, maxMemberBytes)
  return toMember(id, fields.user_info)
}

function toMember(id: string, info: Json | undefined): EnteringMember {
  const { profile, data } = fromUserInfo(info)
  return { user: { id, ...profile }, data }
}

/** An object that an application has signed as text. @throws NowcastError `invalid_command` */
export function parseSigned(text: string, field: string): { readonly [key: string]: Json } {
  try {
    const value: unknown = JSON.parse(text)
    if (isObject(value)) return value
  } catch {
    // It is told below.
  }
  throw new NowcastError('invalid_command', `"${field}" must be a JSON object.`, { field })
}
