import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { printed } from '../support/programs/program.ts';
import { FIELD_OPEN, FIELD_QUESTION, fullQuestion, NMAP_SCANS, runNmap } from './engines.ts';
import { type Lab, openLab } from './lab.ts';
import { judge, MISTAKES_SHOWN, type Verdict, verdictTable } from './measure.ts';
import { hasTool, namespacesOf, removeLeftovers, withoutLab } from './support/namespaces.ts';
import type { TrueHost } from './support/truth.ts';
import { witness } from './support/witness.ts';

const hasNmap = hasTool('nmap');
if (!hasNmap) console.warn('NO INDEPENDENT JUDGE of the lab: apt-get install nmap');

describe.skipIf(withoutLab())('the lab', () => {
  let lab: Lab;
  const verdicts = new Map<string, Verdict>();
  beforeAll(async () => {
    lab = await openLab();
  });
  afterAll(async () => {
    await lab.close();
    if (verdicts.size > 0) console.log(verdictTable('The truth, as nmap sees it:', verdicts));
  });

  it.skipIf(!hasNmap)('matches the truth, for each scan of nmap', async () => {
    const probed = NMAP_SCANS.map(async (scan) => {
      const complete = fullQuestion(lab, scan.protocol);
      // A SYN scan of nmap 7.93 believes a response that acknowledges nothing it sent.
      const isBelieved = ({ name }: TrueHost) => scan.flag === '-sS' && name === 'answers astray';
      const question = { ...complete, hosts: complete.hosts.filter((host) => !isBelieved(host)) };
      const verdict = judge(question, scan.probing, await runNmap(lab, scan, question));
      verdicts.set(scan.name, verdict);
      expect(verdict.mistakes.slice(0, MISTAKES_SHOWN)).toEqual([]);
      expect(verdict.tallies.length).toBeGreaterThan(2);
    });
    await Promise.all(probed);
  });

  it.skipIf(!hasNmap)(`has ${FIELD_OPEN} open ports in its field, for nmap -sS`, async () => {
    const verdict = judge(FIELD_QUESTION, 'syn', await runNmap(lab, NMAP_SCANS[1], FIELD_QUESTION));
    verdicts.set('nmap -sS, field', verdict);
    const [open] = verdict.tallies;
    expect(open).toEqual({ state: 'open', expected: FIELD_OPEN, reported: FIELD_OPEN, right: FIELD_OPEN });
    expect(FIELD_OPEN).toBeGreaterThan(10_000);
    expect(verdict.mistakes.slice(0, MISTAKES_SHOWN)).toEqual([]);
  });

  it('notices each packet that arrives, and its destination', async () => {
    const watching = await witness(lab, 'near');
    const texts = ['exec', lab.namespaceOf('scan'), 'bash', '-c', 'exec 3<>/dev/tcp/198.18.0.15/80'];
    expect(spawnSync('ip', ['netns', ...texts]).status).toBe(0);
    const probes = (await watching.arrivals()).filter(({ isProbe }) => isProbe);
    expect(probes.map(({ address, protocol, port }) => [address, protocol, port])).toEqual([
      ['198.18.0.15', 'tcp', 80],
    ]);
    expect(Math.abs(Date.now() - (probes[0]?.atMs ?? 0))).toBeLessThan(60_000);
  });

  it('leaves nothing behind for long when its process is killed', async () => {
    const script = join(import.meta.dirname, 'fixtures', 'hold-lab.ts');
    const holder = spawn(process.execPath, ['--conditions=source', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [, prefix = ''] = await printed(holder, /holding (\S+)\n/);
    expect(namespacesOf(prefix)).toHaveLength(6);
    expect(removeLeftovers().filter((name) => name.startsWith(prefix))).toEqual([]);
    const ended = new Promise((resolve) => holder.once('close', resolve));
    holder.kill('SIGKILL');
    await ended;
    // The lab of another test file may start now, and remove this one before the test does.
    removeLeftovers();
    expect(namespacesOf(prefix)).toEqual([]);
  });
});
