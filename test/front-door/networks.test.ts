import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { makeNamespace, type TestNamespace } from '../support/programs/program.ts';
import { type ServedProgram, serveProgram } from '../support/programs/served-program.ts';

let namespace: TestNamespace;
let served: ServedProgram;
beforeAll(async () => {
  namespace = makeNamespace();
  served = await serveProgram({ namespace: namespace.name });
}, 60_000);
afterAll(async () => {
  await served?.close();
  namespace?.remove();
});

const run = (...args: string[]) => served.run(...args);

const scanJson = z.object({
  id: z.uuid(),
  network: z.string().nullable(),
  status: z.string(),
  progress: z.object({ positions: z.number(), skipped: z.number() }),
  hosts: z.array(z.object({ ip: z.string() })),
});

describe('networks, exclusions and sites at the terminal', () => {
  it('a stored network is scanned by its name, without its exclusions', async () => {
    const added = await run('networks', 'add', '127.79.8.0/30', '--name', 'Lab');
    expect(added).toMatchObject({
      code: 0,
      stdout: 'The network Lab (127.79.8.0/30) is stored; nothing was sent to it.\n',
    });
    expect((await run('exclusions', 'add', '127.79.8.2', '--network', 'lab', '--reason', 'mine')).code).toBe(
      0,
    );
    const scanned = await run('scan', 'network:lab', '-p', '1-2', '--json');
    const scan = scanJson.parse(JSON.parse(scanned.stdout));
    expect(scan).toMatchObject({
      network: 'Lab',
      status: 'completed',
      progress: { positions: 8, skipped: 2 },
    });
    expect(scan.hosts.map(({ ip }) => ip)).toEqual(['127.79.8.0', '127.79.8.1', '127.79.8.3']);
    const shown = await run('scans', 'show', scan.id);
    expect(shown.stdout).toMatch(
      /127\.79\.8\.2 was excluded in network "Lab" of site "default" by os:\S+ \(mine\) since \S+ \S+ UTC; no packet went there while it was, and all 2 probes planned there were left out or cut short\./,
    );
    expect(shown.stdout).toContain(
      'Of 8 probes planned, 2 were left out or cut short: the address is excluded.',
    );
    expect((await run('networks', 'stats', 'lab')).stdout).toContain('4, 1 excluded');
    expect((await run('networks', 'add', '198.18.9.0/24', '--name', 'office')).code).toBe(0);
    const poll = await run('networks', 'remove', 'lab', 'office', '--dry-run');
    expect(poll).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('1 network would be permanently removed'),
    });
    const removed = await run('networks', 'remove', 'lab', 'office');
    expect(removed).toMatchObject({ code: 1, stdout: expect.stringContaining('1 exclusion') });
    expect(removed.stdout).toContain('The network office is removed');
    const nowhere = await run('networks', 'remove', '--all', '--site', 'nowhere', '--yes');
    expect(nowhere).toMatchObject({ code: 1, stderr: expect.stringContaining('There is no site named') });
  }, 120_000);

  it('a scope refuses targets outside it, and a site that is being scanned cannot be removed', async () => {
    expect((await run('sites', 'add', 'branch')).code).toBe(0);
    expect((await run('sites', 'scope', 'branch', 'set', '198.18.0.0/24')).code).toBe(0);
    const refused = await run('scan', '198.18.1.1', '-p', '1', '--site', 'branch', '--dry-run');
    expect(refused).toMatchObject({ code: 4, stderr: expect.stringContaining('[outside_scope]') });
    // A hint names the site and its place.
    expect(refused.stderr).toMatch(/`\S*scanorama sites scope branch add CIDR( --data-dir \S+)?`/);
    expect(
      (await run('scan', '198.18.1.1', '-p', '1', '--site', 'branch', '--dry-run', '--outside-scope')).code,
    ).toBe(0);
    const unprobed = await run('scan', '198.18.1.1', '-p', '1');
    expect(unprobed).toMatchObject({ code: 2, stderr: expect.stringContaining('has no scope') });
    expect(unprobed.stderr).toContain('sites scope default set CIDR');
    expect(await run('sites', 'remove', 'default')).toMatchObject({ code: 1 });
    expect((await run('sites', 'remove', 'branch')).stdout).toBe('The site branch is removed.\n');
    expect((await run('verify')).code).toBe(0);
  }, 120_000);
});
