// A member's `user_info`, which Pusher's applications shape as they like, and the member that all protocols know: its
// `name` and `avatar` are the member's own, everything else is the member's data. Nothing is lost either way.
import { isObject, type Json, type Member } from '@nowcast/protocol'

/** What a `user_info` says of a member. */
export interface MemberInfo {
  readonly profile: { readonly name?: string; readonly avatar?: string }
  readonly data: Json | undefined
}

/** What is known of a member from a `user_info`, which may be absent. */
export function fromUserInfo(info: Json | undefined): MemberInfo {
  if (!isObject(info)) return { profile: {}, data: info }
  const { name, avatar, ...others } = info
  const rest = {
    ...others,
    ...(name === undefined || typeof name === 'string' ? {} : { name }),
    ...(avatar === undefined || typeof avatar === 'string' ? {} : { avatar }),
  }
  return {
    profile: {
      ...(typeof name === 'string' ? { name } : {}),
      ...(typeof avatar === 'string' ? { avatar } : {}),
    },
    data: Object.keys(rest).length === 0 ? undefined : rest,
  }
}

/** A member's `user_info`; pages may count on there being one. */
export function toUserInfo({ name, avatar, data = {} }: Member): Json {
  const profile = { ...(name === undefined ? {} : { name }), ...(avatar === undefined ? {} : { avatar }) }
  if (isObject(data)) return { ...data, ...profile }
  return Object.keys(profile).length === 0 ? data : { ...profile, data }
}
