// Pusher's HTTP API: what an application's backend does with any of Pusher's own libraries.
import { errorKinds, NowcastError } from '@nowcast/protocol'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { App } from '../../../features/apps/app.ts'
import type { Termination } from '../../../features/people/termination.ts'
import type { Logger } from '../../../foundation/log.ts'
import type { Metrics } from '../../../foundation/metrics.ts'
import { type ChannelOccupancy, ChannelQueries } from './channels.ts'
import { parseBatch, parseBody, parseEvent } from './events.ts'
import { isUserId } from './names.ts'
import { type BackendRequest, type RequestParts, takeIn } from './requests.ts'
import { Triggering } from './triggering.ts'

/** What the API works with. */
export interface PusherApiParts extends RequestParts {
  readonly occupancy: ChannelOccupancy
  readonly termination: Pick<Termination, 'terminate'>
  readonly metrics: Metrics
  readonly log: Logger
}

/** One character of data takes so many bytes of JSON at most. */
const ESCAPED = 6
/** A name of a channel or user, with quotes and comma, and all else that an event has. */
const NAME_BYTES = 1_024
const OVERHEAD_BYTES = 8_192
const TERMINATE = '/terminate_connections'

type Place = { readonly app: string; readonly channel: string; readonly '*': string }

/** Adds everything below `/apps`. */
export function pusherApiRoutes(server: FastifyInstance, parts: PusherApiParts): void {
  const queries = new ChannelQueries(parts.occupancy, parts.clock)
  const triggering = new Triggering(queries, parts.clock)

  /** A handler that answers the backend with JSON. @param maxBytes largest body */
  const answering =
    (maxBytes: (app: App) => number, answer: (request: BackendRequest, place: Place) => Promise<object>) =>
    async (request: FastifyRequest, reply: FastifyReply) => {
      const place = request.params as Place
      const answered = await answer(await takeIn(request, place.app, maxBytes, parts), place)
      return reply.type('application/json').send(JSON.stringify(answered))
    }

  server.register(
    async (scope) => {
      answerAsPusher(scope, parts)
      // The body is read once it is known whose it is.
      scope.removeAllContentTypeParsers()
      scope.addContentTypeParser('*', (_request, body, done) => done(null, body))

      scope.post(
        '/:app/events',
        answering(eventBytes, async ({ app, body, signature }) =>
          triggering.event(app, parseEvent(parseBody(body), app.pusher), signature),
        ),
      )
      scope.post(
        '/:app/batch_events',
        answering(batchBytes, async ({ app, body, signature }) =>
          triggering.batch(app, parseBatch(parseBody(body), app.pusher), signature),
        ),
      )
      scope.get(
        '/:app/channels',
        answering(none, ({ app, parameters }) => queries.channels(app, parameters)),
      )
      scope.get(
        '/:app/channels/:channel',
        answering(none, ({ app, parameters }, { channel }) => queries.channel(app, channel, parameters)),
      )
      scope.get(
        '/:app/channels/:channel/users',
        answering(none, ({ app }, { channel }) => queries.users(app, channel)),
      )
      // Libraries do not escape the id, which may have slashes.
      scope.post(
        '/:app/users/*',
        answering(
          () => OVERHEAD_BYTES,
          async ({ app }, { '*': rest }) => {
            if (!rest.endsWith(TERMINATE)) throw nothingThere()
            const user = rest.slice(0, -TERMINATE.length)
            if (!isUserId(user, app.pusher)) throw new NowcastError('invalid_command', 'Invalid user id')
            await parts.termination.terminate(app.id, user)
            return {}
          },
        ),
      )
    },
    { prefix: '/apps' },
  )
}

const none = () => 0

const eventBytes = ({ pusher: { maxEventBytes, maxChannelsPerEvent } }: App): number =>
  maxEventBytes * ESCAPED + maxChannelsPerEvent * NAME_BYTES + OVERHEAD_BYTES

const batchBytes = ({ pusher: { maxEventBytes, maxBatch } }: App): number =>
  (maxEventBytes * ESCAPED + NAME_BYTES * 2) * maxBatch + OVERHEAD_BYTES

const nothingThere = () => new NowcastError('not_found', 'There is nothing at this path')

/** Refusals are a line of text, as Pusher's own. */
function answerAsPusher(scope: FastifyInstance, { metrics, log }: PusherApiParts): void {
  const refuse = (reply: FastifyReply, error: NowcastError) => {
    metrics.refused(error.code)
    if (error.retryAfterMs !== undefined) reply.header('retry-after', Math.ceil(error.retryAfterMs / 1_000))
    return reply
      .status(errorKinds[error.code].status)
      .type('text/plain; charset=utf-8')
      .send(`${error.message}\n`)
  }
  scope.setErrorHandler(async (thrown, _request, reply) => {
    if (thrown instanceof NowcastError) return refuse(reply, thrown)
    const { statusCode = 500 } = thrown as Partial<FastifyError>
    if (statusCode < 500)
      return refuse(reply, new NowcastError('invalid_command', 'The request is not valid'))
    log.error({ error: thrown }, "a request of Pusher's HTTP API failed")
    return refuse(reply, new NowcastError('internal', 'Something went wrong on the server'))
  })
  scope.setNotFoundHandler(async (_request, reply) => refuse(reply, nothingThere()))
}
