import { describe, expect, it } from 'vitest';
import { parsePorts } from '#domain/ports/ports.js';
import type { Protocol } from '#domain/ports/protocol.js';
import type { EngineName, ScanType } from '#domain/scans/scan-type.js';
import type { MissingEngine, ProberSurvey } from '#scan/engine/prober.js';
import { chooseEngine } from '#work/shards/choose-engine.js';
import { PROBER_FACTS } from '../../../test/support/programs/work-context.ts';

const both: readonly Protocol[] = ['tcp', 'udp'];
const SYN_MISSING: MissingEngine = {
  name: 'syn',
  code: 'privilege_missing',
  message: 'The syn engine may not.',
  hint: 'Run `this`.',
};

function surveyOf(
  available: Partial<Record<EngineName, readonly Protocol[]>>,
  missing: readonly MissingEngine[] = [],
): ProberSurvey {
  const engines = (['syn', 'connect', 'udp', 'ack', 'nmap'] as const).flatMap((name) => {
    const protocols = available[name];
    return protocols === undefined ? [] : [{ name, protocols }];
  });
  return { available: engines, missing, facts: PROBER_FACTS };
}

const ALL = surveyOf({ syn: ['tcp'], connect: both, udp: ['udp'], ack: ['tcp'], nmap: both });
const TCP_CONNECT = surveyOf({ connect: ['tcp'] }, [SYN_MISSING]);

describe('the engine of a scan', () => {
  it.each<[ScanType, string, EngineName]>([
    ['auto', '80', 'syn'],
    ['auto', '80,U:53', 'connect'],
    ['auto', 'U:53', 'connect'],
    ['connect', '80', 'connect'],
    ['syn', '80', 'syn'],
    ['udp', 'U:53', 'udp'],
    ['udp', 'T:80,U:53', 'connect'],
    ['ack', '80', 'ack'],
    ['version', '80', 'nmap'],
    ['aggressive', '80,U:53', 'nmap'],
    ['comprehensive', '80', 'nmap'],
  ])('of type %s for %s is %s where there are all', (type, ports, engine) => {
    expect(chooseEngine(type, parsePorts(ports), ALL)).toEqual({ engine, note: null });
  });

  it('is the next best without the privilege, and says so', () => {
    const { engine, note } = chooseEngine('auto', parsePorts('80'), TCP_CONNECT);
    expect(engine).toBe('connect');
    expect(note).toContain('Scanning with connect: The syn engine may not.');
    expect(chooseEngine('connect', parsePorts('80'), TCP_CONNECT).note).toBeNull();
  });

  it('that is missing is refused with its reason and the command that mends it', () => {
    expect(() => chooseEngine('syn', parsePorts('80'), TCP_CONNECT)).toThrow(
      expect.objectContaining({
        code: 'privilege_missing',
        message: SYN_MISSING.message,
        hint: SYN_MISSING.hint,
      }),
    );
    expect(() => chooseEngine('version', parsePorts('80'), TCP_CONNECT)).toThrow(
      expect.objectContaining({ code: 'engine_unavailable' }),
    );
  });

  it('does not ask a protocol that it cannot', () => {
    for (const [type, ports] of [
      ['auto', '80,U:53'],
      ['udp', 'U:53'],
      ['connect', 'U:53'],
    ] as const) {
      expect(() => chooseEngine(type, parsePorts(ports), TCP_CONNECT)).toThrow(
        expect.objectContaining({ code: 'invalid_ports', at: 'U:' }),
      );
    }
    expect(() => chooseEngine('udp', parsePorts('T:80'), surveyOf({ udp: ['udp'] }))).toThrow(
      expect.objectContaining({ code: 'invalid_ports', at: 'T:' }),
    );
  });
});
