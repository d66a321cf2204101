import { describe, expect, it } from 'vitest';
import type { EvidenceKind } from '#domain/devices/device.js';
import { type Evidence, factsOf, tenuresOf } from '#identity/bindings.js';

const DAY_MS = 86_400_000;
const [FIRST, SECOND] = ['00:11:22:00:00:01', '00:11:22:00:00:02'];

const seen = (
  kind: EvidenceKind,
  value: string,
  ...days: readonly (readonly [number, number])[]
): Evidence => ({
  hostId: 1,
  kind,
  value,
  isCommon: false,
  times: days.map(([from, to]) => ({ fromMs: from * DAY_MS, toMs: to * DAY_MS })),
  firstScan: days[0]?.[0] ?? 0,
  lastScan: days.at(-1)?.[1] ?? 0,
});

describe('one stray observation of another MAC address', () => {
  const stray = seen('mac', SECOND, [5, 5]);
  const evidence = [
    seen('mac', FIRST, [1, 100]),
    stray,
    seen('ssh_host_key', 'k', [1, 100]),
    seen('name', 'n', [5, 5]),
  ];
  const tenures = tenuresOf(evidence);
  const binding = (mac: string) => factsOf({ id: 1, hostId: 1, mac }, evidence, tenures);

  it('holds the address only until the other MAC address was certainly there again', () => {
    expect(tenures.map(({ mac, sinceMs }) => [mac, sinceMs / DAY_MS])).toEqual([
      [FIRST, Number.NEGATIVE_INFINITY],
      [SECOND, 5],
      [FIRST, 5 + 25 / 24],
    ]);
  });

  it('gets the evidence that was certainly seen with it, and no key that may have been seen before or after', () => {
    expect([...binding(SECOND).values.keys()].toSorted()).toEqual(['mac', 'name']);
    expect([...binding(FIRST).values.keys()].toSorted()).toEqual(['mac', 'ssh_host_key']);
    expect(binding(FIRST).scans).toEqual(new Set([1, 100]));
    expect([...binding(SECOND).scans]).toEqual([5]);
  });
});

describe('an address that another machine takes over permanently', () => {
  it('belongs to the new machine from its first observation on', () => {
    const tenures = tenuresOf([seen('mac', FIRST, [1, 50]), seen('mac', SECOND, [60, 100])]);
    expect(tenures.map(({ sinceMs }) => sinceMs / DAY_MS)).toEqual([Number.NEGATIVE_INFINITY, 60]);
  });

  it('belongs to the new machine after the last observation of the old one, where both were seen for a while', () => {
    const tenures = tenuresOf([seen('mac', FIRST, [1, 50]), seen('mac', SECOND, [40, 100])]);
    expect(tenures.at(-1)).toEqual({ mac: SECOND, sinceMs: (50 + 25 / 24) * DAY_MS });
  });
});
