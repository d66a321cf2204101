import { constants } from 'node:fs';
import { lstat, open, readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Layout } from '#postgres/cluster/layout.js';

/**
 * PostgreSQL overwrites a weekday's file when it runs past midnight, but appends when it starts. This limits each
 * of the seven files of a server that is started and stopped often.
 */
const LOG_FILE_LIMIT_BYTES = 8 * 1024 * 1024;
const MESSAGE_LIMIT_BYTES = 8192;

/** The length of each log file at one time, in bytes. */
export type LogMark = ReadonlyMap<string, number>;

/** Deletes files that have grown past their limit and marks where the others end. For use while no server runs. */
export async function markLog(layout: Layout): Promise<LogMark> {
  const mark = new Map<string, number>();
  for (const name of await logFiles(layout)) {
    const { size } = await lstat(join(layout.log, name));
    if (size > LOG_FILE_LIMIT_BYTES) await unlink(join(layout.log, name));
    else mark.set(name, size);
  }
  return mark;
}

/** The last fatal line that PostgreSQL logged since the mark, without its prefix. */
export async function fatalSince(layout: Layout, mark: LogMark): Promise<string | undefined> {
  const texts = await Promise.all(
    (await logFiles(layout)).map((name) => readFrom(join(layout.log, name), mark.get(name) ?? 0)),
  );
  return fatalLine(texts.join('\n'));
}

/** The last fatal line that is about the server itself and not about a client that connected too early or too late. */
export function fatalLine(text: string): string | undefined {
  const fatal = text.split('\n').filter((line) => /\b(?:FATAL|PANIC):/.test(line));
  const lines = fatal.filter((line) => !/FATAL:\s+(?:the database system is|terminating)\b/.test(line));
  return lines.at(-1)?.replace(/^.*?\b(?:FATAL|PANIC):\s*/, '');
}

async function logFiles(layout: Layout): Promise<string[]> {
  const names = await readdir(layout.log).catch(() => []);
  return names.filter((name) => /^postgresql-.*\.log$/.test(name));
}

async function readFrom(path: string, start: number): Promise<string> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const { size } = await handle.stat();
    const from = Math.max(start, size - MESSAGE_LIMIT_BYTES);
    const { buffer, bytesRead } = await handle.read(
      Buffer.alloc(MESSAGE_LIMIT_BYTES),
      0,
      MESSAGE_LIMIT_BYTES,
      from,
    );
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}
