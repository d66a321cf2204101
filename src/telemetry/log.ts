import pino from 'pino';

/** From quiet to chatty. */
export const LOG_LEVELS = ['silent', 'error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Structured log lines on stderr; what identifies a scan goes into fields, never a secret. */
export type Log = pino.Logger;

/** Field names whose values never reach a log, wherever they turn up. */
const SECRET_FIELDS = ['password', 'key', 'token', 'secret', 'authorization', 'cookie', 'connectionString'];

export interface LogOptions {
  /** Whether what went wrong (`err` of a line) is told of elsewhere: such a line is for `debug` alone. */
  readonly isTold?: (error: unknown) => boolean;
}

export function createLog(level: LogLevel, { isTold = () => false }: LogOptions = {}): Log {
  const paths = SECRET_FIELDS.flatMap((field) => [
    field,
    `*.${field}`,
    `*.*.${field}`,
    `*.headers["${field}"]`,
  ]);
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths, censor: '[redacted]' },
      hooks: {
        logMethod(line, method, number) {
          const fields: unknown = line[0];
          if (number > DEBUG && hasError(fields) && isTold(fields.err)) this.debug(...line);
          else method.apply(this, line);
        },
      },
    },
    pino.destination({ fd: 2, sync: true }),
  );
}

const DEBUG = pino.levels.values['debug'] ?? 0;

function hasError(fields: unknown): fields is { readonly err: unknown } {
  return typeof fields === 'object' && fields !== null && 'err' in fields;
}
