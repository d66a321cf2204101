import type { EngineName } from '#domain/scans/scan-type.js';
import type { Clock } from '#domain/time/clock.js';
import type { Engine } from '#scan/engine/engine.js';
import { rawPacketsCommand } from '#scan/engine/privilege.js';
import type { MissingEngine, ProberFacts } from '#scan/engine/prober.js';

export interface EngineParts {
  readonly clock: Clock;
  readonly facts: ProberFacts;
}

export type EngineMakers = Partial<Record<EngineName, (parts: EngineParts) => Engine>>;

/** What each engine wants of the machine, the engines in the order they are told in. */
const ENGINE_NEEDS = [
  ['syn', 'raw-packets'],
  ['connect', 'nothing'],
  ['udp', 'process'],
  ['ack', 'raw-packets'],
  ['nmap', 'nmap'],
  ['discovery', 'discovery'],
] as const satisfies readonly (readonly [EngineName, string])[];
type Need = (typeof ENGINE_NEEDS)[number][1];

export interface EnginesAtHand {
  readonly engines: readonly Engine[];
  readonly missing: readonly MissingEngine[];
}

/** Every engine that this process can run, and for each of the others why it cannot. */
export function openEngines(makers: EngineMakers, parts: EngineParts): EnginesAtHand {
  const engines: Engine[] = [];
  const missing: MissingEngine[] = [];
  for (const [name, need] of ENGINE_NEEDS) {
    const lack = lackOf(name, need, parts.facts);
    const make = makers[name];
    if (lack !== undefined) missing.push(lack);
    else if (make !== undefined) engines.push(make(parts));
  }
  return { engines, missing };
}

function lackOf(name: EngineName, need: Need, facts: ProberFacts): MissingEngine | undefined {
  if (need === 'nothing') return undefined;
  if (need === 'discovery') return facts.liveHosts ? undefined : missingMethods(name, facts);
  if (facts.where === 'in-process' || facts.platform !== 'linux') return processMissing(name, facts);
  if (need === 'raw-packets' && !facts.rawPackets) return privilegeMissing(name, facts);
  if (need === 'nmap' && facts.nmapVersion === null) return nmapMissing(name);
  return undefined;
}

function processMissing(name: EngineName, { platform }: ProberFacts): MissingEngine {
  return {
    name,
    code: 'engine_unavailable',
    message: `The ${name} engine runs in a prober process of its own, and there is none here.`,
    hint:
      platform === 'linux'
        ? 'Start Scanorama without SCANORAMA_PROBER=in-process: `unset SCANORAMA_PROBER`.'
        : 'Run Scanorama on Linux, or take the type connect.',
  };
}

function privilegeMissing(name: EngineName, { nodePath }: ProberFacts): MissingEngine {
  return {
    name,
    code: 'privilege_missing',
    message: `The ${name} engine sends raw packets, and this program may not (CAP_NET_RAW is missing).`,
    hint: `Give it to a copy of Node.js for the prober alone: \`${rawPacketsCommand(nodePath)}\`.`,
  };
}

function missingMethods(name: EngineName, { platform, where }: ProberFacts): MissingEngine {
  return {
    name,
    code: 'engine_unavailable',
    message: 'Hosts are looked for by a prober process of its own on Linux, and there is none here.',
    hint:
      platform === 'linux' && where === 'in-process'
        ? 'Start Scanorama without SCANORAMA_PROBER=in-process: `unset SCANORAMA_PROBER`.'
        : 'Run Scanorama on Linux with the GNU C library, or scan a few ports of the network instead.',
  };
}

function nmapMissing(name: EngineName): MissingEngine {
  return {
    name,
    code: 'engine_unavailable',
    message: 'nmap is not installed on this machine.',
    hint: 'Install it with `apt-get install nmap`.',
  };
}
