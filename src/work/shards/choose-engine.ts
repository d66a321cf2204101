import { ScanoramaError } from '#domain/errors/error.js';
import type { PortSet } from '#domain/ports/port-set.js';
import type { Protocol } from '#domain/ports/protocol.js';
import type { EngineName, ScanType } from '#domain/scans/scan-type.js';
import { missingEngineError } from '#scan/engine/local-prober.js';
import type { AvailableEngine, ProberSurvey } from '#scan/engine/prober.js';

/** Which engines can do what a scan type asks for, the best first. */
const ENGINES_OF: Readonly<Record<ScanType, readonly [EngineName, ...EngineName[]]>> = {
  auto: ['syn', 'connect', 'udp'],
  connect: ['connect'],
  syn: ['syn'],
  // UDP sockets ask as well, where raw packets are not to be had.
  udp: ['udp', 'connect'],
  ack: ['ack'],
  version: ['nmap'],
  aggressive: ['nmap'],
  comprehensive: ['nmap'],
};

export interface ChosenEngine {
  readonly engine: EngineName;
  /** One sentence when it is not the best one for the type, and why. */
  readonly note: string | null;
}

/**
 * The best engine of a type that this machine has and that asks these ports. Throws `privilege_missing` or
 * `engine_unavailable` when there is none, `invalid_ports` when those there are do not ask the protocol.
 */
export function chooseEngine(type: ScanType, ports: PortSet, survey: ProberSurvey): ChosenEngine {
  const names = ENGINES_OF[type];
  const known = names.flatMap((name) => survey.available.filter((engine) => engine.name === name));
  const protocols = protocolsOf(ports);
  const chosen = known.find((engine) => protocols.every((protocol) => engine.protocols.includes(protocol)));
  if (chosen !== undefined) return { engine: chosen.name, note: noteOf(names, chosen, survey) };
  const [first] = known;
  throw first === undefined ? missingEngineError(survey, names[0]) : protocolError(first, protocols);
}

/** How good an engine is for a type; 0 for the best. */
export function rankOfEngine(type: ScanType, engine: EngineName): number {
  return ENGINES_OF[type].indexOf(engine);
}

function protocolsOf({ tcp, udp }: PortSet): readonly Protocol[] {
  return [...(tcp.length > 0 ? ['tcp' as const] : []), ...(udp.length > 0 ? ['udp' as const] : [])];
}

/** An engine that is missing for a reason that can be mended is worth a word. */
function noteOf(names: readonly EngineName[], chosen: AvailableEngine, survey: ProberSurvey): string | null {
  const better = names.slice(0, names.indexOf(chosen.name));
  const lack = survey.missing.find(({ name }) => better.includes(name));
  if (lack?.code !== 'privilege_missing') return null;
  return `Scanning with ${chosen.name}: ${lack.message} \`scanorama doctor\` says how to mend it.`;
}

const PREFIXES: Readonly<Record<Protocol, string>> = { tcp: 'T:', udp: 'U:' };

function protocolError(engine: AvailableEngine, protocols: readonly Protocol[]): ScanoramaError {
  const refused = protocols.find((protocol) => !engine.protocols.includes(protocol)) ?? 'udp';
  const prefix = PREFIXES[refused];
  const probes = engine.protocols.join(' and ').toUpperCase();
  return new ScanoramaError(
    'invalid_ports',
    `The ${engine.name} engine asks ${probes} ports only, and ${prefix} names ${refused.toUpperCase()} ports.`,
    { hint: `Leave the ${prefix} ports out.`, at: prefix },
  );
}
