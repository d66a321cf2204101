import { describe, expect, it } from 'vitest';
import type { EvidenceKind } from '#domain/devices/device.js';
import { type BindingFacts, type Evidence, factsOf, tenuresOf } from '#identity/bindings.js';
import { compareBindings, isCrowded, MERGE_SCORE, vetoOf } from '#identity/compare.js';
import { identify } from '#identity/identify.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

type Seen = readonly [kind: EvidenceKind, value: string, fromMs: number, toMs?: number];
const KEY = 'ssh-ed25519 SHA256:k';

let scans = 0;
function seenAt(hostId: number, [kind, value, fromMs, toMs = fromMs]: Seen, scan?: number): Evidence {
  return {
    hostId,
    kind,
    value,
    isCommon: false,
    times: [{ fromMs, toMs }],
    firstScan: scan ?? ++scans,
    lastScan: scan ?? ++scans,
  };
}

/** A host with these observations, each by a scan of its own unless `scan` is given. */
function host(hostId: number, seen: readonly Seen[], scan?: number): BindingFacts {
  const evidence = seen.map((each) => seenAt(hostId, each, scan));
  const tenures = tenuresOf(evidence);
  return factsOf({ id: hostId, hostId, mac: tenures[0]?.mac ?? null }, evidence, tenures);
}

const isMerged = (one: BindingFacts, other: BindingFacts) =>
  compareBindings(one, other).score >= MERGE_SCORE && vetoOf(one, other) === undefined;

const image = (at: number): readonly Seen[] => [
  ['ssh_host_key', KEY, at],
  ['tls_certificate', 'aa', at],
];

const phone = (id: number, at: number): BindingFacts =>
  host(id, [
    ['name', 'guest.test', at],
    ['randomized_mac', `da:00:00:00:00:0${id}`, at],
  ]);

const weekly = (from: number) =>
  host(from, [
    ['ssh_host_key', KEY, from * HOUR_MS, from * HOUR_MS],
    ['name', `n${from}`, 7 * DAY_MS + from * HOUR_MS],
  ]);

describe('two addresses with the same key and certificate', () => {
  it('are two devices while both are present, whatever their MAC addresses', () => {
    expect(isMerged(host(1, image(0)), host(2, image(0)))).toBe(false);
    const cards = ['52:54:00:00:00:01', '00:11:22:00:00:02', undefined].map((mac, index) =>
      host(index, [
        ...image(0),
        ...(mac === undefined ? [] : [[mac.startsWith('52') ? 'randomized_mac' : 'mac', mac, 0] as const]),
      ]),
    );
    for (const one of cards)
      for (const other of cards) if (one !== other) expect(isMerged(one, other)).toBe(false);
    expect(vetoOf(cards[0] ?? host(1, []), cards[1] ?? host(1, []))).toBe(
      'different MAC addresses at the same time, and no name in common',
    );
  });

  it('are two when one slow scan observed both, and when their times overlap', () => {
    expect(isMerged(host(1, image(0), 1), host(2, image(5 * HOUR_MS), 1))).toBe(false);
    const around = host(1, [...image(0), ['name', 'x', 0], ['name', 'x', 9 * DAY_MS]]);
    expect(isMerged(around, host(2, image(5 * DAY_MS)))).toBe(false);
  });

  it('are one that moved when the first ended before the second began', () => {
    expect(isMerged(host(1, image(0)), host(2, image(DAY_MS)))).toBe(true);
  });

  it('are not merged by way of a third that was present the day before', () => {
    const fixture = [0, DAY_MS, DAY_MS].map((at, n) =>
      image(at).map(([kind, value]) => seenAt(n + 1, [kind, value, at])),
    );
    const tenures = new Map([1, 2, 3].map((id) => [id, tenuresOf([])]));
    const bindings = [1, 2, 3].map((id) => ({ id, hostId: id, mac: null }));
    const { devices } = identify({ bindings, evidence: fixture.flat(), decisions: [], tenures });
    expect(devices.map(({ bindingIds }) => bindingIds)).toEqual([[1, 2], [3]]);
  });

  it('have a veto by different names although no MAC address is known', () => {
    const [one, other] = ['one', 'two'].map((name, n) => host(n, [...image(0), ['name', name, 0]]));
    expect(one && other && vetoOf(one, other)).toBe(
      'different names at the same time, and no MAC address in common',
    );
  });

  it('of two network cards with one name are one', () => {
    const [one, other] = ['52:54:00:00:00:01', '52:54:00:00:00:02'].map((mac, n) =>
      host(n, [...image(0), ['randomized_mac', mac, 0], ['name', 'nas', 0]]),
    );
    expect(one && other && isMerged(one, other)).toBe(true);
  });
});

describe('two addresses with the same key alone', () => {
  it('are one only when the first ended longer ago than observations of one time may be apart', () => {
    const first = host(1, [['ssh_host_key', KEY, 0]]);
    expect(isMerged(first, host(2, [['ssh_host_key', KEY, 2 * HOUR_MS]]))).toBe(false);
    expect(isMerged(first, host(2, [['ssh_host_key', KEY, 25 * HOUR_MS]]))).toBe(false);
    expect(isMerged(first, host(2, [['ssh_host_key', KEY, 26 * HOUR_MS]]))).toBe(true);
  });

  it('are two when slow scans observe one and then the other, week for week', () => {
    expect(compareBindings(weekly(1), weekly(4)).reasons).toEqual(['the same SSH host key']);
  });
});

describe('other keys', () => {
  const old = 'ssh-ed25519 SHA256:old';

  it('separate hosts that present them now, although one had the key of the other before', () => {
    const one = host(1, [
      ['ssh_host_key', old, 0],
      ['ssh_host_key', KEY, 9 * DAY_MS],
      ['tls_certificate', 'aa', 0, 9 * DAY_MS],
    ]);
    const other = host(2, [
      ['ssh_host_key', old, 9 * DAY_MS],
      ['tls_certificate', 'aa', 9 * DAY_MS],
    ]);
    expect(vetoOf(one, other)).toBe('different SSH host keys at the same time');
  });

  it('do not separate hosts that had a key in common then, or keys of different algorithms', () => {
    const both: Seen = ['ssh_host_key', 'ssh-rsa SHA256:both', 0];
    const one = host(1, [both, ['ssh_host_key', old, 0]]);
    expect(vetoOf(one, host(2, [both, ['ssh_host_key', KEY, 0]]))).toBeUndefined();
    expect(vetoOf(host(1, [['ssh_host_key', old, 0]]), host(2, [both]))).toBeUndefined();
  });
});

describe('a name', () => {
  it('of a phone identifies it when no other has it', () => {
    const all = [0, 1, 2].map((at) => phone(at + 1, at * DAY_MS));
    expect(isCrowded('guest.test', all)).toBe(false);
    const [one, other] = all;
    expect(one && other && isMerged(one, other)).toBe(true);
  });

  it('that several have at the same time is no evidence of a move', () => {
    const [one, other, third] = [phone(1, 0), phone(2, DAY_MS), phone(3, DAY_MS)];
    expect(isCrowded('guest.test', [one, other, third])).toBe(true);
    expect(compareBindings(one, other, new Set(['guest.test'])).score).toBe(25);
  });
});
