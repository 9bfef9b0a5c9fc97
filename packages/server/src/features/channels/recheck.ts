// A new token may say something else of its user: what the policies no longer allow ends.
import type { Connection } from '../../core/connection.ts'
import type { Hub } from '../../core/hub.ts'
import { type ChannelKey, splitChannelKey } from '../../foundation/channelKey.ts'
import type { Access } from './access.ts'
import type { Grants } from './grants.ts'
import { ChannelPolicies } from './policies.ts'

/** Ends the subscriptions of a connection that its user's claims do not allow any more, and tells it so; granted ones stay. */
export async function recheckSubscriptions(
  access: Access,
  hub: Hub,
  connection: Connection,
  grants: Grants,
): Promise<void> {
  const recheck = async (key: ChannelKey) => {
    if (grants.has(connection, key)) return
    const { channel } = splitChannelKey(key)
    if (await access.claimsAllow(channel, connection.user)) return
    const refusal = ChannelPolicies.refusal('subscribe', channel)
    hub.expel(key, (other) => other === connection, refusal.toWire())
  }
  await Promise.all([...connection.subscriptions.keys()].map(recheck))
}
