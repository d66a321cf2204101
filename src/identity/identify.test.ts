import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DECISION_KINDS, EVIDENCE_KINDS, type EvidenceKind } from '#domain/devices/device.js';
import { type Binding, type Evidence, tenuresOf } from '#identity/bindings.js';
import type { Decision } from '#identity/decisions.js';
import { identify, type Known } from '#identity/identify.js';

const DAY_MS = 86_400_000;
const HOSTS = 7;

interface Fixture {
  readonly bindings: readonly Binding[];
  readonly evidence: readonly Evidence[];
  readonly tenures: Known['tenures'];
}

const VALUES: Readonly<Partial<Record<EvidenceKind, readonly string[]>>> = {
  mac: ['00:11:22:00:00:01', '00:11:22:00:00:02', '00:11:22:00:00:03'],
  randomized_mac: ['da:00:00:00:00:01', 'da:00:00:00:00:02'],
  virtual_mac: ['00:00:5e:00:01:01'],
  ssh_host_key: ['ssh-rsa SHA256:a', 'ssh-rsa SHA256:b', 'ecdsa SHA256:c'],
  tls_certificate: ['aa', 'bb'],
  name: ['one.test', 'two.test', 'three.test'],
};

/** Observations of a few addresses in a few weeks, with few enough values that many are shared. */
const seen = fc
  .constantFrom(...EVIDENCE_KINDS.flatMap((kind) => (VALUES[kind] ?? []).map((value) => ({ kind, value }))))
  .chain(({ kind, value }) =>
    fc.record({
      hostId: fc.integer({ min: 1, max: HOSTS }),
      kind: fc.constant(kind),
      value: fc.constant(value),
      isCommon: fc.boolean().map((is) => is && kind !== 'mac'),
      from: fc.integer({ min: 0, max: 30 }),
      days: fc.integer({ min: 0, max: 20 }),
    }),
  );

const fixture: fc.Arbitrary<Fixture> = fc
  .uniqueArray(seen, { maxLength: 30, selector: ({ hostId, kind, value }) => `${hostId} ${kind} ${value}` })
  .map((all) => {
    const evidence = all.map(
      ({ from, days, ...one }): Evidence => ({
        ...one,
        times: [{ fromMs: from * DAY_MS, toMs: (from + days) * DAY_MS }],
        // A scan a day.
        firstScan: from,
        lastScan: from + days,
      }),
    );
    const hosts = Array.from({ length: HOSTS }, (_, index) => index + 1);
    const tenures = new Map(
      hosts.map((hostId) => [hostId, tenuresOf(evidence.filter((one) => one.hostId === hostId))]),
    );
    const bindings = hosts.flatMap((hostId) =>
      [...new Set(tenures.get(hostId)?.map(({ mac }) => mac))].map((mac) => ({ hostId, mac })),
    );
    return { evidence, tenures, bindings: bindings.map((binding, index) => ({ ...binding, id: index + 1 })) };
  });

/** Decisions about bindings 1 to HOSTS, some of which undo earlier ones, each once. */
const decisions: fc.Arbitrary<readonly Decision[]> = fc
  .array(
    fc.record({
      kind: fc.constantFrom(...DECISION_KINDS),
      sides: fc.array(fc.constantFrom(0, 1, undefined), { minLength: HOSTS, maxLength: HOSTS }),
      back: fc.nat(),
    }),
    { maxLength: 8 },
  )
  .map((requested) => {
    const made: Decision[] = [];
    for (const [index, { kind, sides, back }] of requested.entries()) {
      const id = index + 1;
      const undoable = made.filter(({ id: past }) => !made.some(({ undoes }) => undoes === past));
      const undone = undoable[back % Math.max(1, undoable.length)];
      if (kind === 'undo' && undone === undefined) continue;
      const named = sides.flatMap((side, at) => (side === undefined ? [] : [{ bindingId: at + 1, side }]));
      if (kind === 'undo')
        made.push({ id, kind, undoes: undone?.id ?? null, bindings: undone?.bindings ?? [] });
      else made.push({ id, kind, undoes: null, bindings: named });
    }
    return made;
  });

const undoOf = (decision: Decision, id: number): Decision => ({
  id,
  kind: 'undo',
  undoes: decision.id,
  bindings: decision.bindings,
});
const shuffled = <Item>(items: readonly Item[], keys: readonly number[]) =>
  items
    .map((item, index) => ({ item, key: keys[index % keys.length] ?? 0 }))
    .toSorted((a, b) => a.key - b.key)
    .map(({ item }) => item);

const byId = <Item extends { readonly id: number }>(items: readonly Item[]) =>
  items.toSorted((a, b) => a.id - b.id);

describe('identifying devices', () => {
  it('assigns each binding to one device, which has the id of its oldest binding', () => {
    fc.assert(
      fc.property(fixture, decisions, (known, decided) => {
        const { devices, suggestions } = identify({ ...known, decisions: decided });
        expect(devices.flatMap(({ bindingIds }) => bindingIds).toSorted((a, b) => a - b)).toEqual(
          known.bindings.map(({ id }) => id),
        );
        for (const { id, bindingIds } of devices) expect(id).toBe(Math.min(...bindingIds));
        const ids = new Set(devices.map(({ id }) => id));
        for (const { oneId, otherId } of suggestions)
          expect([oneId < otherId, ids.has(oneId), ids.has(otherId)]).toEqual([true, true, true]);
      }),
    );
  });

  it('does not depend on the order of its inputs', () => {
    fc.assert(
      fc.property(
        fixture,
        decisions,
        fc.array(fc.nat(), { minLength: 5, maxLength: 5 }),
        (known, decided, keys) => {
          const again = identify({
            bindings: shuffled(known.bindings, keys),
            evidence: shuffled(known.evidence, keys),
            tenures: known.tenures,
            decisions: shuffled(decided, keys),
          });
          const inOrder = identify({ ...known, decisions: decided });
          expect(byId(again.devices)).toEqual(byId(inOrder.devices));
          expect(new Set(again.suggestions.map((one) => JSON.stringify(one)))).toEqual(
            new Set(inOrder.suggestions.map((one) => JSON.stringify(one))),
          );
        },
      ),
    );
  });

  it('ignores a decision that was undone, however much later', () => {
    fc.assert(
      fc.property(fixture, decisions, fc.nat(), (known, decided, which) => {
        const standing = decided.filter(
          ({ id, kind }) => kind !== 'undo' && !decided.some(({ undoes }) => undoes === id),
        );
        const one = standing[which % Math.max(1, standing.length)];
        fc.pre(one !== undefined);
        const later = identify({ ...known, decisions: [...decided, undoOf(one, 100)] });
        expect(later).toEqual(identify({ ...known, decisions: decided.filter(({ id }) => id !== one.id) }));
        // Undoing the undo restores it.
        const restored = [...decided, undoOf(one, 100), undoOf(undoOf(one, 100), 101)];
        expect(identify({ ...known, decisions: restored })).toEqual(
          identify({ ...known, decisions: decided }),
        );
      }),
    );
  });

  it('gives the same devices after a merge and a split', () => {
    fc.assert(
      fc.property(fixture, fc.nat(), fc.nat(), (known, first, second) => {
        const before = identify({ ...known, decisions: [] });
        const one = before.devices[first % before.devices.length];
        const other = before.devices[second % before.devices.length];
        fc.pre(one !== undefined && other !== undefined && one !== other);
        const bindings = [
          ...one.bindingIds.map((bindingId) => ({ bindingId, side: 0 })),
          ...other.bindingIds.map((bindingId) => ({ bindingId, side: 1 })),
        ];
        const merge = { id: 1, kind: 'merge', undoes: null, bindings } as const;
        const merged = identify({ ...known, decisions: [merge] });
        expect(
          merged.devices.some(({ bindingIds }) =>
            bindings.every(({ bindingId }) => bindingIds.includes(bindingId)),
          ),
        ).toBe(true);
        const split = identify({ ...known, decisions: [merge, { ...merge, id: 2, kind: 'split' }] });
        const partition = ({ devices }: typeof before) =>
          devices.map(({ bindingIds }) => bindingIds.join(' ')).toSorted();
        expect(partition(split)).toEqual(partition(before));
      }),
    );
  });

  it('never joins what a user split last', () => {
    fc.assert(
      fc.property(fixture, decisions, fc.integer({ min: 1, max: HOSTS - 1 }), (known, decided, cut) => {
        const bindings = Array.from({ length: HOSTS }, (_, index) => ({
          bindingId: index + 1,
          side: index < cut ? 0 : 1,
        }));
        const last = { id: 200, kind: 'dismiss', undoes: null, bindings } as const;
        const { devices, suggestions } = identify({ ...known, decisions: [...decided, last] });
        const sideOf = (id: number) => (id <= HOSTS ? Number(id > cut) : undefined);
        for (const { bindingIds } of devices)
          expect(new Set(bindingIds.map(sideOf).filter((side) => side !== undefined)).size).toBeLessThan(2);
        for (const { oneId, otherId } of suggestions) {
          const sides = [sideOf(oneId), sideOf(otherId)];
          expect(sides.includes(undefined) || sides[0] === sides[1]).toBe(true);
        }
      }),
    );
  });
});
