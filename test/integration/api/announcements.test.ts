import { connect, createServer, type Socket } from 'node:net';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DatabaseAddress } from '#store/database/database.js';
import { type Announcement, subscribeToEvents } from '#store/events/announcements.js';
import { openTestDatabase, type TestDatabase } from '../../support/database/database.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await openTestDatabase();
});
afterAll(async () => {
  await db.close();
});

const EVENT = { kind: 'scan.created', scan: '01a20ae7-dc6e-71f7-b1c1-f4f0e7ce5c9a' } as const;
const report = (payload: string) =>
  sql`SELECT pg_notify('scanorama_events', ${payload})`.execute(db.store.read);

/** The backends that listen for events. */
async function backends(): Promise<readonly number[]> {
  const { rows } = await sql<{ pid: number }>`SELECT pid FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'scanorama announcements'`.execute(
    db.store.read,
  );
  return rows.map(({ pid }) => pid);
}
const connections = async () => (await backends()).length;

/** After the first attempt, the second and the third. */
const PAUSES_MS = [200, 400, 800];
/** A timer counts complete milliseconds, and begins with the one before. */
const TIMER_SLACK_MS = 5;

describe('events', () => {
  it('survive foreign notifications, and a listener that fails', async () => {
    const received: Announcement[] = [];
    const errors: string[] = [];
    const announcements = await subscribeToEvents(db.address, (error) => errors.push(error.message));
    try {
      announcements.subscribe(() => {
        throw new Error('a listener failed');
      });
      announcements.subscribe((announcement) => received.push(announcement));
      for (const payload of ['hello', 'null', '[]', '{"kind":"scan.created"}', '{"kind":"other","scan":"x"}'])
        await report(payload);
      await report(JSON.stringify(EVENT));
      await expect.poll(() => errors).toEqual([expect.stringContaining('JSON'), 'a listener failed']);
      await report(JSON.stringify(EVENT));
      await expect.poll(() => received).toEqual([EVENT, EVENT]);
    } finally {
      await announcements.close();
    }
    await expect.poll(connections).toBe(0);
  });

  it('return over one connection after it was cut, again and again', async () => {
    const received: Announcement[] = [];
    const announcements = await subscribeToEvents(db.address, () => undefined);
    announcements.subscribe((announcement) => received.push(announcement));
    try {
      for (let cut = 1; cut <= 3; cut += 1) {
        const [before = 0] = await backends();
        await sql`SELECT pg_terminate_backend(${before})`.execute(db.store.read);
        // It is back after a tenth of a second, so the gap need not be observed.
        await expect.poll(backends).toEqual([expect.not.toSatisfy((pid) => pid === before)]);
      }
      await expect
        .poll(async () => {
          await report(JSON.stringify(EVENT));
          return received.length;
        })
        .toBeGreaterThan(0);
    } finally {
      await announcements.close();
    }
    await expect.poll(connections).toBe(0);
  });

  it('are retried one attempt at a time while the database is unavailable, with growing pauses', async () => {
    const door = await openDoor(db.address);
    const announcements = await subscribeToEvents(door.address, () => undefined);
    try {
      door.shut();
      await expect.poll(() => door.refusedAtMs.length).toBeGreaterThan(PAUSES_MS.length);
      // A pause begins when an attempt was refused; the attempts of a second loop would fall into it.
      for (const [at, pauseMs] of PAUSES_MS.entries()) {
        const [before = 0, after = 0] = door.refusedAtMs.slice(at);
        expect(after - before, `after try ${at + 1}`).toBeGreaterThan(pauseMs - TIMER_SLACK_MS);
      }
      door.open();
      await expect.poll(connections).toBe(1);
    } finally {
      await announcements.close();
      await door.close();
    }
    await expect.poll(connections).toBe(0);
  });

  it('stop retrying when the first connection failed', async () => {
    const door = await openDoor(db.address);
    door.shut();
    await expect(subscribeToEvents(door.address, () => undefined)).rejects.toThrow();
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(door.refusedAtMs).toHaveLength(1);
    await door.close();
  });
});

/** Forwards connections to the database, or hangs up on them. */
async function openDoor(target: DatabaseAddress) {
  let isOpen = true;
  const refusedAtMs: number[] = [];
  const inside = new Set<Socket>();
  const server = createServer((client) => {
    client.on('error', () => undefined);
    if (!isOpen) {
      refusedAtMs.push(performance.now());
      client.destroy();
      return;
    }
    const upstream =
      target.host?.startsWith('/') === true
        ? connect(`${target.host}/.s.PGSQL.${target.port ?? 5432}`)
        : connect(target.port ?? 5432, target.host ?? '127.0.0.1');
    upstream.on('error', () => undefined);
    upstream.on('close', () => client.destroy());
    client.on('close', () => upstream.destroy());
    client.pipe(upstream).pipe(client);
    inside.add(client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  const hangUp = (): void => {
    for (const client of inside) client.destroy();
    inside.clear();
  };
  return {
    address: {
      ...target,
      host: '127.0.0.1',
      port: typeof bound === 'object' && bound !== null ? bound.port : 0,
    },
    refusedAtMs,
    open: () => void (isOpen = true),
    shut() {
      isOpen = false;
      hangUp();
    },
    async close() {
      hangUp();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
