import { expect, it } from 'vitest';
import { WARNING_KINDS, warningText } from '#domain/scans/warning.js';

const counts = { answered: 254, probed: 256 };

it.each([
  [
    { kind: 'answers-all', subject: '198.18.0.9' },
    '198.18.0.9 answers on every port (a firewall or tarpit in its place); its ports are not counted as open.',
  ],
  [
    { kind: 'tarpit', subject: 'fd00::9' },
    'fd00::9 answers on every port (a firewall or tarpit in its place); its ports are not counted as open.',
  ],
  [
    { kind: 'proxy-arp', subject: '198.18.2.0/24', detail: '02:00:00:00:00:fe', counts },
    'One machine (02:00:00:00:00:fe) answers ARP for 198.18.2.0/24 (254 of 256 addresses probed); that alone proves no host.',
  ],
  [
    { kind: 'proxy-ndp', subject: 'fd00::/120', detail: '02:00:00:00:00:fe', counts },
    'One machine (02:00:00:00:00:fe) answers neighbour solicitations for fd00::/120 (254 of 256 addresses probed); that alone proves no host.',
  ],
  [
    { kind: 'answers-for-all', subject: '198.18.3.0/24', detail: 'ttl 63', counts },
    'Something in between (ttl 63) responds for all of 198.18.3.0/24 (254 of 256 addresses probed); that alone proves no host.',
  ],
  [
    { kind: 'method-missing', subject: 'arp IPv4', detail: 'EPERM', counts: null },
    'Hosts were not looked for by arp IPv4: this program may not send raw packets (EPERM).',
  ],
  [
    { kind: 'method-missing', subject: 'ping IPv6', detail: 'EAFNOSUPPORT', counts: null },
    'Hosts were not looked for by ping IPv6: EAFNOSUPPORT.',
  ],
  [
    { kind: 'not-probed', subject: 'ENETUNREACH', detail: '198.18.9.0/24', counts: null },
    '198.18.9.0/24 and its like could not be probed from here: no route leads there (ENETUNREACH).',
  ],
  [
    { kind: 'host-down', subject: '198.18.9.4', addresses: ['198.18.9.4'], hosts: 1 },
    '1 host is down since this run, which missed it once more: 198.18.9.4.',
  ],
  [
    { kind: 'host-gone', subject: '198.18.9.4', addresses: ['198.18.9.4', '198.18.9.5'], hosts: 1_002 },
    '1,002 hosts are gone since this run, which missed them once more: 198.18.9.4, 198.18.9.5 and 1,000 more.',
  ],
  [
    { kind: 'not-probed', subject: 'NO_GATEWAY', detail: '198.18.9.0/24', counts: null },
    '198.18.9.0/24 and its like could not be probed from here: the gateway on the way there does not answer.',
  ],
  [
    { kind: 'not-probed', subject: 'ENOBUFS', detail: '198.18.9.4', counts: null },
    '198.18.9.4 and its like could not be probed from here: ENOBUFS.',
  ],
  [
    { kind: 'not-probed', subject: 'NAMES_UNANSWERED', detail: '198.18.9.0/24', counts: null },
    'The names of 198.18.9.0/24 and its like were not found out: the resolver did not respond.',
  ],
  [
    { kind: 'not-probed', subject: 'NAMES_ECONNREFUSED', detail: '198.18.9.0/24', counts: null },
    'The names of 198.18.9.0/24 and its like were not found out: no response from the resolver (ECONNREFUSED).',
  ],
  [
    { kind: 'not-probed', subject: 'NAMES_ENOBUFS', detail: '198.18.9.0/24', counts: null },
    'The names of 198.18.9.0/24 and its like were not found out: the resolver could not be queried (ENOBUFS).',
  ],
] as const)('%o is told in a sentence', (warning, sentence) => {
  expect(WARNING_KINDS).toContain(warning.kind);
  expect(warningText(warning)).toBe(sentence);
});

it.each([
  [undefined, ''],
  [{ planned: 2_000, unprobed: 151 }, ', and of 2,000 probes planned there 151 were left out or cut short'],
  [{ planned: 2_000, unprobed: 1 }, ', and of 2,000 probes planned there 1 was left out or cut short'],
  [{ planned: 2_000, unprobed: 2_000 }, ', and all 2,000 probes planned there were left out or cut short'],
  // The exclusion was removed before the scan was resumed, or came once all was asked.
  [{ planned: 2_000, unprobed: 0 }, ', and all 2,000 probes planned there were asked before or after'],
  [{ planned: 1, unprobed: 1 }, ', and the one probe planned there was left out or cut short'],
  [
    { planned: 256, unprobed: 2, isDiscovery: true },
    ', and of 256 addresses planned there 2 were left out or cut short',
  ],
])('an exclusion is told in the past, with what it kept from being asked: %j', (counts, given) => {
  const detail = 'everywhere by os:ada (printer) since 2026-11-24 03:00:07 UTC';
  const leftOut = counts && { isDiscovery: false, ...counts };
  expect(warningText({ kind: 'excluded', subject: '198.18.7.11', detail, leftOut })).toBe(
    `198.18.7.11 was excluded ${detail}; no packet went there while it was${given}.`,
  );
});
