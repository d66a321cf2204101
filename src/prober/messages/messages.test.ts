import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AddressSet } from '#domain/addresses/address-set.js';
import { ScanoramaError } from '#domain/errors/error.js';
import { PortSet } from '#domain/ports/port-set.js';
import { ALL_PARTS } from '#domain/rates/rate-share.js';
import { detectionOf } from '#domain/scans/nmap-detection.js';
import { FrameError } from '#prober/client/frames.js';
import {
  failureMessage,
  orderMessage,
  readCredit,
  readExclusions,
  readFailure,
  readOrder,
  readRenewal,
  readSurvey,
  renewalMessage,
  surveyMessage,
} from '#prober/messages/messages.js';
import type { ProbeOrder, ProberSurvey } from '#scan/engine/prober.js';

const ORDER: ProbeOrder = {
  scan: '01938f6e-7d2a-7c31-9b60-3f1d5a8c2e47',
  engine: 'connect',
  plan: {
    targets: AddressSet.parse(['198.18.0.0/24', 'fd00::1-fd00::9']),
    ports: PortSet.of({ tcp: [{ first: 22, last: 80 }], udp: [{ first: 53, last: 53 }] }),
    seed: -(2n ** 63n),
    order: 'by-host',
  },
  first: 10,
  end: 2 ** 40,
  exclusions: AddressSet.parse(['198.18.0.7']),
  exclusionsGoodUntilMs: 123_456,
  rate: { packetsPerSecond: undefined, packetsPerSecondPerHost: 40, unlimited: false },
  terms: {
    requestNumber: 7,
    site: 3,
    siteParts: 0,
    scanParts: ALL_PARTS / 3,
    defaultRates: { packetsPerSecond: 900, packetsPerSecondPerHost: 30 },
  },
  retries: 1,
  timeoutMs: 1_000,
  concurrency: 1_000,
  nmap: detectionOf('aggressive', { timing: 'polite', versionIntensity: 0, scripts: 'none' }),
  liveHosts: true,
  enrich: ['tls'],
};
const SURVEY: ProberSurvey = {
  available: [{ name: 'connect', protocols: ['tcp', 'udp'] }],
  missing: [{ name: 'syn', code: 'privilege_missing', message: 'No.', hint: 'Do.' }],
  facts: {
    where: 'own-process',
    nodePath: '/usr/bin/node',
    nodeVersion: 'v24.0.0',
    platform: 'linux',
    rawPackets: false,
    liveHosts: true,
    descriptorLimit: null,
    nmapVersion: '7.95',
  },
};

const overWire = (message: unknown): unknown => JSON.parse(JSON.stringify(message));

describe('messages', () => {
  it('carry an order, a survey and an error whole', () => {
    expect(readOrder(overWire(orderMessage(ORDER)))).toEqual(ORDER);
    const plain = { ...ORDER, nmap: undefined, liveHosts: false, enrich: [] };
    expect(readOrder(overWire(orderMessage(plain)))).toEqual(plain);
    const discovery = { methods: ['ping', 'dns'], resolver: { family: 4, value: 0xc612_0035n } } as const;
    const ports = PortSet.of({});
    const looking = {
      ...plain,
      engine: 'discovery',
      plan: { ...ORDER.plan, ports, probes: 'hosts' },
      discovery,
    } as const;
    expect(readOrder(overWire(orderMessage(looking)))).toEqual(looking);
    const nameless = { ...looking, discovery: { ...discovery, resolver: undefined } };
    expect(readOrder(overWire(orderMessage(nameless)))).toEqual(nameless);
    expect(readSurvey(overWire(surveyMessage(SURVEY)))).toEqual(SURVEY);
    const forEver = { ...ORDER, exclusionsGoodUntilMs: null };
    expect(readOrder(overWire(orderMessage(forEver)))).toEqual(forEver);
    const alone = { ...ORDER, terms: undefined };
    expect(readOrder(overWire(orderMessage(alone)))).toEqual(alone);
    for (const { terms } of [ORDER, alone])
      expect(readRenewal(overWire(renewalMessage({ goodUntilMs: 123_456.7, terms })))).toEqual({
        goodUntilMs: 123_456,
        terms,
      });
    const error = new ScanoramaError('engine_failed', 'It broke.', {
      hint: 'Mend it.',
      facts: { code: 'EMFILE' },
    });
    const { code, message, hint, facts } = readFailure(overWire(failureMessage(error)));
    expect({ code, message, hint, facts }).toEqual({
      code: 'engine_failed',
      message: 'It broke.',
      hint: 'Mend it.',
      facts: { code: 'EMFILE' },
    });
    expect(readFailure(overWire(failureMessage(new TypeError('x'))))).toMatchObject({ code: 'internal' });
  });

  it('that are anything else are refused with one error', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (message) => {
        for (const read of [readOrder, readSurvey, readFailure, readExclusions, readCredit, readRenewal]) {
          expect(() => read(message)).toThrow(FrameError);
        }
      }),
    );
  });

  it('with any one member spoilt are refused or still whole, never half read', () => {
    const orders = Object.keys(Object(orderMessage(ORDER)));
    fc.assert(
      fc.property(fc.constantFrom(...orders), fc.jsonValue(), (member, value) => {
        const spoilt = { ...Object(orderMessage(ORDER)), [member]: value };
        try {
          const order = readOrder(overWire(spoilt));
          expect(order.end).toBeGreaterThanOrEqual(order.first);
        } catch (error) {
          if (!(error instanceof FrameError)) throw error;
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
