import { once } from 'node:events';
import { openTestDatabase, urlOf } from '../database/database.ts';
import {
  type ProgramOptions,
  type ProgramResult,
  printed,
  runProgram,
  startProgram,
  temporaryDataDir,
} from './program.ts';

/** A running server of the built program, with a data directory and a migrated database of its own. */
export interface ServedProgram {
  readonly dataDir: string;
  /** Signs a browser in, once. */
  readonly link: string;
  /** A command with the same data directory; with the server running it need not start the database. */
  run(...texts: string[]): Promise<ProgramResult>;
  /** Ends the server, unless it has ended, and removes its files. */
  close(): Promise<void>;
}

export async function serveProgram(options: ProgramOptions = {}): Promise<ServedProgram> {
  const data = await temporaryDataDir();
  const database = await openTestDatabase();
  const place = ['--data-dir', data.path];
  const stored = ['--database-url', urlOf(database.address)];
  const server = startProgram(['serve', '--listen', '0', ...place, ...stored], options);
  server.stderr?.resume();
  const close = async () => {
    if (server.exitCode === null && server.signalCode === null) {
      server.kill('SIGTERM');
      await once(server, 'close');
    }
    await data.remove();
    await database.close();
  };
  try {
    const [link] = await printed(server, /http:\/\/\S+token=\S+/);
    return {
      dataDir: data.path,
      link,
      run: (...texts) => runProgram([...texts, ...place], { namespace: options.namespace }),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
