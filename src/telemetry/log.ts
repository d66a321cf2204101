import pino from 'pino';
import type { LogLevel } from '#telemetry/log-levels.js';

/** Structured log lines on stderr; what identifies a scan goes into fields, never a secret. */
export type Log = pino.Logger;

/** Field names whose values never reach a log, wherever they turn up. */
const SECRET_FIELDS = ['password', 'key', 'token', 'secret', 'authorization', 'cookie', 'connectionString'];

export interface LogOptions {
  /**
   * Whether what went wrong (`err` of a line) is told of elsewhere: such a line is for `debug` alone, unless it says which
   * scan or request met it. Where that will only be known in a moment the line waits for it.
   */
  readonly isReported?: (error: unknown) => boolean | Promise<boolean>;
}

/** Lines that may wait at once; what comes beyond is told. */
const MAX_WAITING_LINES = 100;

export function createLog(level: LogLevel, { isReported = () => false }: LogOptions = {}): Log {
  const paths = SECRET_FIELDS.flatMap((field) => [
    field,
    `*.${field}`,
    `*.*.${field}`,
    `*.headers["${field}"]`,
  ]);
  let waiting = 0;
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths, censor: '[redacted]' },
      hooks: {
        logMethod(line, method, number) {
          const report = (reported: boolean): void => {
            if (reported) this.debug(...line);
            else method.apply(this, line);
          };
          const fields: unknown = line[0];
          const reported = number > DEBUG && isUnowned(fields) && isReported(fields.err);
          if (typeof reported === 'boolean') report(reported);
          else if (waiting >= MAX_WAITING_LINES) report(false);
          else {
            waiting += 1;
            void reported.then(report).finally(() => {
              waiting -= 1;
            });
          }
        },
      },
    },
    pino.destination({ fd: 2, sync: true }),
  );
}

const DEBUG = pino.levels.values['debug'] ?? 0;

/** An error that no scan and no request is named with. */
function isUnowned(fields: unknown): fields is { readonly err: unknown } {
  if (typeof fields !== 'object' || fields === null || !('err' in fields)) return false;
  return !('scan' in fields) && !('request' in fields);
}
