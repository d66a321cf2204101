import { expect, test } from 'vitest';
import type { ApiRequest } from '#contract/api/request.js';
import { ScanoramaError } from '#domain/errors/error.js';
import { runIn } from '../../../test/support/programs/cli-context.ts';
import { scanOf } from '../../../test/support/scans/scan-view.ts';

const START = 'POST /api/v1/scans';
const NETWORKS = 'GET /api/v1/networks';
const pagination = { page: 1, page_size: 1_000, total_items: 2, total_pages: 1 };

/** A server that wants both, one after the other. */
const probing = ({ body }: { body?: unknown }) => {
  const request = Object(body);
  for (const confirm of ['confirm_large', 'confirm_unscoped'])
    if (request[confirm] !== true)
      throw new ScanoramaError('confirmation_required', `Set ${confirm}.`, { facts: { confirm } });
  return scanOf();
};
const fixture = {
  answers: { [START]: probing },
  where: 'local-server' as const,
  serverUrl: 'http://127.0.0.1:8080',
};

/** The request bodies for scans. The request for workers, which `--detach` sends first, has none. */
const bodiesOf = (requests: readonly ApiRequest[]) =>
  requests.flatMap(({ body }) => (body === undefined ? [] : [body]));

test('each confirmation is requested once, and the scan is started with all of them', async () => {
  const probed = { ...fixture, terminal: true, typed: 'y' };
  const { exit, stderr, requests } = await runIn(probed, ['scan', '198.18.0.0/24', '--detach']);
  expect(exit).toBe(0);
  expect(stderr.match(/Set confirm_\w+\. Start it\?/g)).toEqual([
    'Set confirm_large. Start it?',
    'Set confirm_unscoped. Start it?',
  ]);
  expect(bodiesOf(requests)).toMatchObject([
    { confirm_large: false },
    { confirm_large: true },
    { confirm_large: true, confirm_unscoped: true },
  ]);
});

test('--yes confirms both in advance, and without a terminal nothing is started without it', async () => {
  const { exit, requests } = await runIn(fixture, ['scan', '198.18.0.0/24', '--detach', '--yes']);
  expect({ exit, bodies: bodiesOf(requests) }).toMatchObject({
    exit: 0,
    bodies: [{ confirm_large: true, confirm_unscoped: true }],
  });
  expect(await runIn(fixture, ['scan', '198.18.0.0/24', '--detach'])).toMatchObject({
    exit: 2,
    stderr: expect.stringContaining('--yes'),
  });
});

test('--outside-scope is sent to the server, and only when it was given', async () => {
  const answers = { [START]: () => scanOf() };
  const bodyOf = async (...flags: string[]) =>
    bodiesOf(
      (await runIn({ ...fixture, answers }, ['scan', '198.18.0.1', '--detach', ...flags])).requests,
    )[0];
  expect(await bodyOf('--outside-scope')).toMatchObject({ outside_scope: true });
  expect(await bodyOf()).not.toHaveProperty('outside_scope');
});

const named = (name: string) => ({
  id: '01938f6e-7d2a-7c31-9b60-3f1d5a8c2e47',
  site: 'branch',
  cidr: '198.18.0.0/24',
  name,
  description: null,
  enabled: true,
  created_at: '2026-11-01T00:00:00.000Z',
  updated_at: '2026-11-01T00:00:00.000Z',
  hosts: 0,
  hosts_up: 0,
  exclusions: 0,
});

test('the configured networks are those of the site that are enabled', async () => {
  const data = [
    { ...named('Main Office'), id: '01938f6e-7d2a-7c31-9b60-3f1d5a8c2e48' },
    named('198.18.9.0/24'),
  ];
  const answers = { [START]: () => scanOf(), [NETWORKS]: () => ({ data, pagination }) };
  const args = ['scan', '--configured-networks', '--site', 'branch', '--detach'];
  const { requests } = await runIn({ ...fixture, answers }, args);
  expect(requests[0]?.query).toMatchObject({ site: 'branch', enabled: 'true' });
  expect(bodiesOf(requests)[0]).toMatchObject({
    targets: ['network:Main Office', 'network:198.18.9.0/24'],
    site: 'branch',
  });
  const none = { [NETWORKS]: () => ({ data: [], pagination }) };
  expect(await runIn({ ...fixture, answers: none }, args)).toMatchObject({
    exit: 2,
    stderr: expect.stringContaining('no network that is enabled'),
  });
  expect(await runIn(fixture, ['scan', '127.0.0.1', '--configured-networks'])).toMatchObject({
    exit: 2,
    calls: [],
  });
});
