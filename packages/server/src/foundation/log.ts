// Structured logs. Secrets and tokens never get here.
import { type Logger as PinoLogger, pino } from 'pino'

/** Writes structured log lines. */
export type Logger = PinoLogger

/**
 * A logger that writes JSON lines to standard error, so that standard output stays for people.
 * @param level the least important level that is written
 */
export function createLogger(level: string): Logger {
  return pino(
    { level, base: null, serializers: { error: pino.stdSerializers.err } },
    pino.destination({ fd: 2, sync: false }),
  )
}
