import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  FINDING_FACTS,
  type Finding,
  isPortFinding,
  PORT_FINDING_FACTS,
} from '#domain/enrichment/finding.js';
import { PROTOCOLS } from '#domain/ports/protocol.js';
import { MAX_PLAN_POSITIONS } from '#domain/scans/plan.js';
import { encodeControl, FrameError, MAX_NOTE_BYTES } from '#prober/client/frames.js';
import { NOTE_FRAME_CHARACTERS, noteMessages, readNotes } from '#prober/messages/note-message.js';
import type { Note } from '#scan/engine/observation-note.js';
import { ipv4Address, ipv6Address } from '../../../test/support/network/packet-arbitraries.ts';

const address = fc.oneof(ipv4Address, ipv6Address);
const position = fc.nat({ max: MAX_PLAN_POSITIONS });
const found = {
  address,
  value: fc.string({ minLength: 1 }),
  reason: fc.option(fc.string()),
  observedAtMs: fc.nat(),
};
const finding: fc.Arbitrary<Finding> = fc.oneof(
  fc.record({
    ...found,
    fact: fc.constantFrom(...PORT_FINDING_FACTS),
    protocol: fc.constantFrom(...PROTOCOLS),
    port: fc.nat({ max: 65_535 }),
  }),
  fc.record({
    ...found,
    fact: fc.constantFrom(...FINDING_FACTS.filter((fact) => !isPortFinding(fact))),
    protocol: fc.constant(null),
    port: fc.constant(null),
  }),
);
const observation = fc.record({
  address,
  reason: fc.constantFrom('echo-reply' as const, 'arp-response' as const),
  roundTripMicroseconds: fc.nat(),
  observedAtMs: fc.nat(),
});
const events = fc.record({
  observations: fc.array(observation, { maxLength: 3 }),
  impostors: fc.constant([]),
  lacks: fc.constant([]),
  methodStatuses: fc.constant([]),
  unresponsiveRanges: fc.constant([]),
  beganAtMs: fc.nat(),
});
const note: fc.Arbitrary<Note> = fc.oneof(
  fc.record({ kind: fc.constant('finding' as const), position, finding }),
  fc.record({ kind: fc.constant('partial' as const), position, sentence: fc.string() }),
  fc.record({ kind: fc.constant('discovery' as const), position, events }),
);
const COMPLETE: Note = {
  kind: 'finding',
  position: 7,
  finding: {
    address: { family: 4, value: 3_323_068_417n },
    fact: 'service',
    protocol: 'tcp',
    port: 22,
    value: '{"name":"ssh"}',
    reason: 'nmap probed',
    observedAtMs: 1,
  },
};

const overWire = (message: unknown): unknown => JSON.parse(JSON.stringify(message));
const carried = (notes: readonly Note[]) =>
  noteMessages(notes).flatMap((message) => readNotes(overWire(message)));

describe('notes', () => {
  it('come out as they went in, in order', () => {
    fc.assert(
      fc.property(fc.array(note, { maxLength: 20 }), (notes) => {
        expect(carried(notes)).toEqual(notes);
      }),
    );
  });

  it('are cut into frames that stay far below what one may hold', () => {
    const value = '\u0001'.repeat(20_000);
    const large: Note = { ...COMPLETE, finding: { ...COMPLETE.finding, value } };
    const notes = Array.from({ length: 40 }, () => large);
    const frames = noteMessages(notes).map((message) => encodeControl('note', 1, message));
    expect(frames.length).toBeGreaterThan(10);
    const largest = Math.max(...frames.map(({ byteLength }) => byteLength));
    expect(largest).toBeLessThan(2 * NOTE_FRAME_CHARACTERS);
    expect(largest).toBeLessThan(MAX_NOTE_BYTES);
    expect(carried(notes)).toEqual(notes);
    expect(noteMessages([])).toEqual([]);
  });

  it('that are anything else are refused with one error', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (message) => {
        if (Array.isArray(message) && message.length === 0) return;
        expect(() => readNotes(message)).toThrow(FrameError);
      }),
    );
  });

  it.each([
    ['a kind nobody knows', { kind: 'rumour' }, {}],
    ['a position that is none', { position: -1 }, {}],
    ['no finding', { finding: null }, {}],
    ['a finding of no address', {}, { address: '300.1.2.3' }],
    ['a service without a port', {}, { port: null }],
    ['a certificate without a port', {}, { fact: 'tls_certificate', port: null, protocol: null }],
    ['a name with a port', {}, { fact: 'hostname' }],
    ['an empty value', {}, { value: '' }],
    ['a time that is none', {}, { observedAtMs: 1e300 }],
  ])('with %s are refused', (_what, ofNote, ofFinding) => {
    const sent: unknown[] = Object(overWire(noteMessages([COMPLETE])[0]));
    expect(readNotes(sent)).toEqual([COMPLETE]);
    const { finding: complete, ...rest } = Object(sent[0]);
    const spoilt = { ...rest, finding: { ...complete, ...ofFinding }, ...ofNote };
    expect(() => readNotes([spoilt])).toThrow(FrameError);
  });
});
