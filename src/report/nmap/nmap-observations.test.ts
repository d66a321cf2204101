import { describe, expect, it } from 'vitest';
import { formatAddress } from '#domain/addresses/address.js';
import { MAX_CLOCK_LEAD_MS, observationsOf } from '#report/nmap/nmap-observations.js';
import { probedPorts } from '#report/nmap/nmap-ports.js';
import { NmapReader } from '#report/nmap/nmap-xml.js';
import { NotTakenTally } from '#report/nmap/reported-host.js';
import { OLD } from '../fixtures/report-text.ts';

const NOW_MS = 1_800_000_000_000;

function observe(text: string) {
  const reader = new NmapReader();
  const hosts = reader.write(text);
  const { run } = reader.end();
  const tally = new NotTakenTally();
  const facts = { run, probed: probedPorts(run.scans), nowMs: NOW_MS };
  return { hosts: hosts.map((host) => observationsOf(host, facts, tally)), notTaken: tally.counts() };
}

const scan = (services: string, protocol = 'tcp') =>
  `<scaninfo type="syn" protocol="${protocol}" numservices="1" services="${services}"/>`;
const address = '<address addr="198.18.0.1" addrtype="ipv4"/>';
const up = '<status state="up" reason="echo-reply"/>';
const report = (scans: string, body: string) =>
  `<nmaprun start="1700000000">${scans}<host>${up}${address}${body}</host></nmaprun>`;
const extra = (state: string, reasons: string, count: number) =>
  `<ports><extraports state="${state}" count="${count}">${reasons}</extraports>`;

describe('ports that are only counted', () => {
  it('are those that were probed and are not listed', () => {
    const { hosts } = observe(OLD);
    expect(hosts[0]).toMatchObject({
      evidence: 'syn-ack',
      listed: [{ protocol: 'tcp', port: 2, state: 'open', reason: 'syn-ack' }],
      covered: [
        {
          protocol: 'tcp',
          state: 'closed',
          reason: 'rst',
          ranges: [
            { first: 1, last: 1 },
            { first: 3, last: 3 },
          ],
        },
      ],
    });
    expect(formatAddress(hosts[0]?.address ?? { family: 4, value: 0n })).toBe('fd00::1');
  });

  it('of several reasons have the state alone, of several states neither', () => {
    const reasons =
      '<extrareasons reason="no-responses" count="1"/><extrareasons reason="host-prohibiteds" count="1"/>';
    const one = observe(report(scan('1-2'), `${extra('filtered', reasons, 2)}</ports>`));
    expect(one.hosts[0]?.covered).toEqual([
      { protocol: 'tcp', state: 'filtered', reason: 'unreported', ranges: [{ first: 1, last: 2 }] },
    ]);
    const two = observe(
      report(
        scan('1-3'),
        `${extra('filtered', '<extrareasons reason="no-responses" count="1"/>', 1)}<extraports state="closed" count="2"><extrareasons reason="resets" count="2"/></extraports></ports>`,
      ),
    );
    expect(two.hosts[0]?.covered).toEqual([
      { protocol: 'tcp', state: 'unknown', reason: 'unreported', ranges: [{ first: 1, last: 3 }] },
    ]);
  });

  it('are not taken when the numbers do not agree', () => {
    const { hosts, notTaken } = observe(report(scan('1-3'), `${extra('closed', '', 7)}</ports>`));
    expect(hosts[0]?.covered).toEqual([]);
    expect(notTaken).toEqual([{ reason: 'uncertain-ports', count: 7 }]);
  });

  it('are those that the report names, where it does', () => {
    const reasons =
      '<extrareasons reason="reset" count="2" proto="tcp" ports="1,3"/><extrareasons reason="port-unreach" count="1" proto="udp" ports="9"/>';
    const { hosts } = observe(
      report(scan('1-3') + scan('9', 'udp'), `${extra('closed', reasons, 3)}</ports>`),
    );
    expect(hosts[0]?.covered).toEqual([
      {
        protocol: 'tcp',
        state: 'closed',
        reason: 'rst',
        ranges: [
          { first: 1, last: 1 },
          { first: 3, last: 3 },
        ],
      },
      { protocol: 'udp', state: 'closed', reason: 'port-unreach', ranges: [{ first: 9, last: 9 }] },
    ]);
  });
});

const udpPort = (state: string, reason: string) =>
  `<ports><port protocol="udp" portid="53"><state state="${state}" reason="${reason}"/></port></ports>`;
const idle = (text: string, body: string) =>
  `<nmaprun start="1700000000"><host><status state="up" reason="${text}"/>${address}${body}</host></nmaprun>`;

describe('evidence', () => {
  it.each([
    ['user-set', udpPort('open', 'udp-response'), 'udp-response', 1],
    ['user-set', udpPort('open|filtered', 'no-response'), undefined, 0],
    ['user-set', udpPort('closed', 'port-unreach'), 'port-unreach', 0],
    ['user-set', udpPort('open', 'who-knows'), 'unreported', 1],
    ['localhost-response', '', undefined, 0],
    ['arp-response', udpPort('open|filtered', 'no-response'), 'arp-response', 1],
  ])('of a host that is up by %s', (text, body, evidence, listed) => {
    const [host] = observe(idle(text, body)).hosts;
    expect(host?.evidence).toBe(evidence);
    expect(host?.listed).toHaveLength(listed);
    expect(host?.covered).toHaveLength(body === '' ? 0 : 1 - listed);
  });

  it('is needed for a name', () => {
    const { hosts, notTaken } = observe(idle('user-set', '<hostname name="a" type="user"/>'));
    expect(hosts[0]?.findings).toEqual([]);
    expect(notTaken).toEqual([{ reason: 'no-evidence', count: 1 }]);
  });
});

const hostWith = (attributes: string, body: string) =>
  `<nmaprun><host ${attributes}>${up}${body}</host></nmaprun>`;

const portWith = (attributes: string, state = 'open') =>
  `<port ${attributes}><state state="${state}" reason="syn-ack"/></port>`;

describe('what is not taken', () => {
  it.each([
    ['no-address', hostWith('starttime="1700000000"', '<address addr="02:00:00:00:00:01" addrtype="mac"/>')],
    ['no-address', hostWith('starttime="1700000000"', '<address addr="fe80::1%eth0" addrtype="ipv6"/>')],
    ['no-time', hostWith('', address)],
    ['future-time', hostWith(`starttime="${(NOW_MS + MAX_CLOCK_LEAD_MS) / 1_000 + 1}"`, address)],
  ])('is a host with %s', (reason, text) => {
    expect(observe(text)).toEqual({ hosts: [undefined], notTaken: [{ reason, count: 1 }] });
  });

  it('are ports of other protocols, in unknown states, and a second time', () => {
    const { hosts, notTaken } = observe(
      report(
        '',
        `<ports>${portWith('protocol="tcp" portid="1"')}${portWith('protocol="tcp" portid="1"', 'closed')}${portWith('portid="2"')}${portWith('protocol="sctp" portid="3"')}${portWith('protocol="tcp" portid="4"', 'ajar')}</ports>`,
      ),
    );
    expect(hosts[0]?.listed).toHaveLength(1);
    expect(notTaken).toEqual([
      { reason: 'other-protocol', count: 2 },
      { reason: 'unknown-state', count: 1 },
      { reason: 'repeated-port', count: 1 },
    ]);
  });

  it('are names from a table of ports, and systems that fit alike', () => {
    const guessed =
      '<ports><port protocol="tcp" portid="80"><state state="open" reason="syn-ack"/><service name="http" method="table" conf="3"/></port></ports>';
    const alike =
      '<os><osmatch name="A" accuracy="95"><osclass osfamily="X" accuracy="95"/></osmatch><osmatch name="B" accuracy="95"><osclass osfamily="Y" accuracy="95"/></osmatch></os>';
    const { hosts, notTaken } = observe(report('', guessed + alike));
    expect(hosts[0]?.findings).toEqual([]);
    expect(notTaken).toEqual([
      { reason: 'guessed-service', count: 1 },
      { reason: 'ambiguous-os', count: 1 },
    ]);
  });
});
