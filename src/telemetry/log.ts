import pino from 'pino';

/** From quiet to chatty. */
export const LOG_LEVELS = ['silent', 'error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Structured log lines on stderr; what identifies a scan goes into fields, never a secret. */
export type Log = pino.Logger;

/** Field names whose values never reach a log, wherever they turn up. */
const SECRET_FIELDS = ['password', 'key', 'token', 'secret', 'authorization', 'cookie', 'connectionString'];

export function createLog(level: LogLevel): Log {
  const paths = SECRET_FIELDS.flatMap((field) => [
    field,
    `*.${field}`,
    `*.*.${field}`,
    `*.headers["${field}"]`,
  ]);
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, redact: { paths, censor: '[redacted]' } },
    pino.destination({ fd: 2, sync: true }),
  );
}
