import { expect, it } from 'vitest';
import { REMARK_KINDS, remarkText } from '#domain/remark.js';

const counts = { answered: 254, asked: 256 };

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
    'One machine (02:00:00:00:00:fe) answers ARP for 198.18.2.0/24 (254 of 256 addresses asked); no host is up by that alone.',
  ],
  [
    { kind: 'proxy-ndp', subject: 'fd00::/120', detail: '02:00:00:00:00:fe', counts },
    'One machine (02:00:00:00:00:fe) answers neighbour solicitations for fd00::/120 (254 of 256 addresses asked); no host is up by that alone.',
  ],
  [
    { kind: 'answers-for-all', subject: '198.18.3.0/24', detail: 'ttl 63', counts },
    'Something in between (ttl 63) answers for all of 198.18.3.0/24 (254 of 256 addresses asked); no host is up by that alone.',
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
    { kind: 'not-asked', subject: 'ENETUNREACH', detail: '198.18.9.0/24', counts: null },
    '198.18.9.0/24 and its like could not be asked from here: no route leads there (ENETUNREACH).',
  ],
  [
    { kind: 'not-asked', subject: 'ENOBUFS', detail: '198.18.9.4', counts: null },
    '198.18.9.4 and its like could not be asked from here: ENOBUFS.',
  ],
  [
    { kind: 'not-asked', subject: 'NAMES_UNANSWERED', detail: '198.18.9.0/24', counts: null },
    'The names of 198.18.9.0/24 and its like were not found out: the resolver did not answer.',
  ],
  [
    { kind: 'not-asked', subject: 'NAMES_ECONNREFUSED', detail: '198.18.9.0/24', counts: null },
    'The names of 198.18.9.0/24 and its like were not found out: nobody answers at the resolver (ECONNREFUSED).',
  ],
  [
    { kind: 'not-asked', subject: 'NAMES_ENOBUFS', detail: '198.18.9.0/24', counts: null },
    'The names of 198.18.9.0/24 and its like were not found out: the resolver could not be asked (ENOBUFS).',
  ],
] as const)('%o is told in a sentence', (remark, sentence) => {
  expect(REMARK_KINDS).toContain(remark.kind);
  expect(remarkText(remark)).toBe(sentence);
});
