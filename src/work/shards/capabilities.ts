import { z } from 'zod';
import { ScanoramaError } from '#domain/errors/error.js';
import { PROTOCOLS } from '#domain/ports/protocol.js';
import { ENGINES } from '#domain/scans/scan-type.js';
import { MISSING_ENGINE_CODES, type ProberSurvey } from '#scan/engine/prober.js';
import type { Abilities } from '#store/scans/eligible-workers.js';

const text = z.string().max(2_000);
const engine = z.enum(ENGINES);

/** What a worker stores of its machine: the survey of its prober. */
const surveySchema: z.ZodType<ProberSurvey> = z.object({
  available: z.array(z.object({ name: engine, protocols: z.array(z.enum(PROTOCOLS)) })),
  missing: z.array(z.object({ name: engine, code: z.enum(MISSING_ENGINE_CODES), message: text, hint: text })),
  facts: z.object({
    where: z.enum(['own-process', 'in-process']),
    nodePath: text,
    nodeVersion: text,
    platform: text,
    rawPackets: z.boolean(),
    liveHosts: z.boolean(),
    descriptorLimit: z.number().int().nullable(),
    nmapVersion: text.nullable(),
  }),
});

/** What a worker stored of its machine; undefined where a worker of another version wrote what this one cannot read. */
export function readCapabilities(stored: unknown): ProberSurvey | undefined {
  return surveySchema.safeParse(stored).data;
}

/** A survey by which scans can be told apart that a machine can run. */
export function abilitiesOf(survey: ProberSurvey): Abilities {
  const { available, facts } = survey;
  return {
    engines: available.map(({ name }) => name),
    rawPackets: facts.rawPackets,
    liveHosts: facts.liveHosts,
    privilegedNmap: nmapIsPrivileged(survey),
  };
}

/** Without raw packets nmap asks no UDP ports, so whether it asks them tells. */
export function nmapIsPrivileged({ available }: ProberSurvey): boolean {
  return available.some(({ name, protocols }) => name === 'nmap' && protocols.includes('udp'));
}

/** Where somebody wants systems told, under this name, and nmap is not privileged. */
export function noSystemsError(at: string): ScanoramaError {
  return new ScanoramaError(
    'privilege_missing',
    'nmap tells operating systems by raw packets, which it may not send here.',
    { at, hint: 'Run Scanorama as root, or do without the systems of the hosts.' },
  );
}

/** Of a machine whose prober does not even say what it can do. */
export function unableSurvey(reason: string): ProberSurvey {
  const lack = {
    code: 'engine_unavailable',
    message: reason,
    hint: '`scanorama doctor` there says more.',
  } as const;
  return {
    available: [],
    missing: ENGINES.filter((name) => name !== 'import').map((name) => ({ name, ...lack })),
    facts: {
      where: 'own-process',
      nodePath: process.execPath,
      nodeVersion: process.version,
      platform: process.platform,
      rawPackets: false,
      liveHosts: false,
      descriptorLimit: null,
      nmapVersion: null,
    },
  };
}
