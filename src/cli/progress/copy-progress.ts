import type { AppIo, CopyProgress } from '#app/interface.js';
import { appIo } from '#cli/arguments/print-notice.js';
import type { Context } from '#cli/program/command.js';
import { LiveLine } from '#cli/progress/live-line.js';
import { counted } from '#domain/text/count-text.js';

/** How often the line is redrawn. Progress is reported more often, for each piece of a table. */
const REFRESH_MS = 100;

/** Passed to an operation that copies tables, to report its progress and to print notices. */
export interface CopyWatch {
  readonly progress: (copied: CopyProgress) => void;
  readonly io: AppIo;
}

/** Follows the copying of tables on a terminal while `work` runs. */
export async function withCopyProgress<Result>(
  context: Context,
  work: (watch: CopyWatch) => Promise<Result>,
): Promise<Result> {
  const { stderr, clock, interrupts } = context.io;
  const line = new LiveLine(stderr);
  let shownAtMs = Number.NEGATIVE_INFINITY;
  const progress = (copied: CopyProgress): void => {
    const nowMs = clock.monotonic();
    if (nowMs - shownAtMs < REFRESH_MS) return;
    shownAtMs = nowMs;
    void line.show((cells) => copyText(copied).slice(0, cells));
  };
  const given = appIo(context, interrupts.signal);
  const io: AppIo = {
    signal: given.signal,
    notice: (message) => {
      void line.clear();
      given.notice(message);
    },
    routine: (message) => {
      void line.clear();
      given.routine(message);
    },
  };
  try {
    return await work({ progress, io });
  } finally {
    await line.clear();
  }
}

function copyText({ table, copied, tables, rows }: CopyProgress): string {
  return `${copied} of ${counted(tables, 'table')}  ${table}: ${counted(rows, 'row')}`;
}
