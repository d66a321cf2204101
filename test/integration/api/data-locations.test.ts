import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createApp } from '#app/app.js';
import type { PlaceFlags } from '#app/interface.js';
import { emptyTransport } from '#app/transport.js';
import { createClient } from '#contract/api/client.js';
import { ScanoramaError } from '#domain/errors/error.js';
import { type DatabaseAddress, openDatabase } from '#store/database/database.js';
import { createEmptyDatabase, urlOf } from '../../support/database/database.ts';
import { type TemporaryDataDir, temporaryDataDir } from '../../support/programs/program.ts';

const app = createApp();
const io = { signal: new AbortController().signal, notice: () => undefined, routine: () => undefined };
let data: TemporaryDataDir;

beforeAll(async () => {
  data = await temporaryDataDir();
});
afterAll(() => data.remove());

/** The error of connecting to a location and listing its scans. */
async function failureAt(place: PlaceFlags): Promise<ScanoramaError> {
  try {
    const connection = await app.connect(place, io, 'stored');
    try {
      await connection.client.scans();
    } finally {
      await connection.close();
    }
  } catch (error) {
    if (error instanceof ScanoramaError) return error;
    throw error;
  }
  throw new Error('nothing failed');
}

/** The objects of a database, in every schema that is not PostgreSQL's own. */
async function tablesAt(address: DatabaseAddress, first = 'SELECT'): Promise<readonly string[]> {
  const database = openDatabase(address, () => undefined);
  try {
    await database.pool.query(first);
    const { rows } = await database.pool.query<{ name: string }>(
      `SELECT tablename::text AS name FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
    );
    return rows.map(({ name }) => name);
  } finally {
    await database.close();
  }
}

/** A listener on a port of loopback that responds to every request in the given way. */
async function withWebServer<Result>(
  answer: RequestListener,
  use: (port: number) => Promise<Result>,
): Promise<Result> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const address = server.address();
    if (typeof address !== 'object' || address === null) throw new Error('it listens nowhere');
    return await use(address.port);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

describe('a database that cannot be used', () => {
  const { host, user, password, database } = inject('testServer');
  const onTestServer = (parts: Record<string, string | undefined>) =>
    `postgres:///${parts['database'] ?? database}?${new URLSearchParams({
      host: host ?? '',
      user: user ?? '',
      password: parts['password'] ?? password ?? '',
    }).toString()}`;

  it('is reported with its address and without the password where nothing listens', async () => {
    const failure = await failureAt({ databaseUrl: 'postgres://x:s3cret@127.0.0.1:1/db' });
    expect(failure).toMatchObject({
      code: 'database_unavailable',
      message: 'The database at 127.0.0.1:1 cannot be reached: nothing listens there.',
      hint: expect.stringContaining('--database-url'),
    });
    expect(`${failure.message}${failure.hint}`).not.toContain('s3cret');
  });

  it.each([
    ['a wrong password', { password: 's3cret' }, '28P01', 'password'],
    ['a missing database', { database: 'not_there' }, '3D000', 'Create that database'],
  ])('is reported for %s', async (_what, parts, sqlstate, hint) => {
    const failure = await failureAt({ databaseUrl: onTestServer(parts) });
    expect(failure).toMatchObject({
      code: 'database_unavailable',
      message: expect.stringMatching(/^The database refuses the connection: [^\n]+[^.]\.$/),
      hint: expect.stringContaining(hint),
      facts: { sqlstate },
    });
    expect(failure.message).not.toContain('s3cret');
  });

  it('is reported by migrate too', async () => {
    const flags = { databaseUrl: 'postgres://x:y@127.0.0.1:1/db' };
    await expect(app.migrate('status', flags, io)).rejects.toMatchObject({ code: 'database_unavailable' });
  });
});

describe('a URL with another web server', () => {
  it.each<[string, RequestListener]>([
    ['a page', (_request, response) => response.end('<html></html>')],
    ['a page with status 404', (_request, response) => response.writeHead(404).end('<html></html>')],
    ['JSON of its own', (_request, response) => response.writeHead(404).end('{"detail":"Not Found"}')],
  ])('has no Scanorama: %s', async (_what, answer) => {
    await withWebServer(answer, async (port) => {
      const server = `http://127.0.0.1:${port}`;
      expect(await failureAt({ server })).toMatchObject({
        code: 'server_unreachable',
        message: expect.stringContaining(`There is no Scanorama at ${server}`),
        at: server,
      });
    });
  });
});

describe('a data directory where nothing is stored', () => {
  it('is reported for a named database, in which nothing is created', async () => {
    const address = await createEmptyDatabase();
    const named = { databaseUrl: urlOf(address), dataDir: join(data.path, 'beside') };
    const message = `There is nothing stored in the database ${address.database} yet.`;
    expect(await failureAt(named)).toMatchObject({ code: 'not_found', message });
    expect(await tablesAt(address)).toEqual([]);
  });

  it('is no database of another program, for every request', async () => {
    const address = await createEmptyDatabase();
    await tablesAt(address, 'CREATE TABLE customers (id int)');
    const named = { databaseUrl: urlOf(address), dataDir: join(data.path, 'beside') };
    const refusal = {
      code: 'database_foreign',
      message: 'The database belongs to another program: it holds customers, and no table of Scanorama.',
    };
    expect(await failureAt(named)).toMatchObject(refusal);
    await expect(app.connect(named, io, 'any')).rejects.toMatchObject(refusal);
    for (const action of ['status', 'up'] as const)
      await expect(app.migrate(action, named, io)).rejects.toMatchObject(refusal);
    expect(await tablesAt(address)).toEqual(['customers']);
  });

  it('is reported when it was named, and nothing is created there', async () => {
    const dataDir = join(data.path, 'not', 'there');
    expect(await failureAt({ dataDir })).toMatchObject({
      code: 'not_found',
      message: `There is nothing stored in ${dataDir} yet.`,
      hint: expect.stringContaining('--data-dir'),
    });
    await expect(app.migrate('status', { dataDir }, io)).rejects.toMatchObject({ code: 'not_found' });
    expect(existsSync(join(data.path, 'not'))).toBe(false);
  });

  it('has empty lists where it is only the default, and refuses all else', async () => {
    const refusal = new ScanoramaError('not_found', 'There is nothing.');
    const client = createClient(emptyTransport(refusal));
    for (const list of [client.scans(), client.hosts(), client.apiKeys()])
      expect(await list).toMatchObject({ data: [] });
    for (const probed of [client.verify(), client.scan('x'), client.stopScan('x')])
      await expect(probed).rejects.toBe(refusal);
  });
});

it('a server whose port is in use creates no data directory', async () => {
  const dataDir = join(data.path, 'refused');
  await withWebServer(
    () => undefined,
    async (port) => {
      const serving = app.serve({ dataDir, listen: String(port) }, io);
      await expect(serving).rejects.toMatchObject({ code: 'port_in_use' });
    },
  );
  expect(existsSync(dataDir)).toBe(false);
});

it('a first start writes the administrator key readable for its owner only, also after one that was killed there', async () => {
  const dataDir = join(data.path, 'first');
  await mkdir(dataDir);
  await writeFile(join(dataDir, `administrator.key.${process.pid}`), 'half', { mode: 0o644 });
  const { host, user, password, database } = await createEmptyDatabase();
  const parts = new URLSearchParams({ host: host ?? '', user: user ?? '', password: password ?? '' });
  const databaseUrl = `postgres:///${database}?${parts.toString()}`;
  const server = await app.serve({ dataDir, databaseUrl, listen: '0' }, io);
  try {
    const keyFile = join(dataDir, 'administrator.key');
    expect(server.adminKeyFile).toBe(keyFile);
    expect(await readFile(keyFile, 'utf8')).toMatch(/^scn_\w+\n$/);
    for (const name of ['administrator.key', 'server.json', 'server.sock'])
      expect((await stat(join(dataDir, name))).mode & 0o077).toBe(0);
    expect((await readdir(dataDir)).toSorted()).toEqual(['administrator.key', 'server.json', 'server.sock']);
  } finally {
    await server.close();
  }
});
