import { ScanoramaError } from '#domain/errors/error.js';
import type { Protocol } from '#domain/ports/protocol.js';
import type { EngineName } from '#domain/scans/scan-type.js';
import { DEFAULT_CONCURRENCY } from '#scan/engine/engine.js';
import { rawPacketsCommand, rawPacketsServiceCommand } from '#scan/engine/privilege.js';
import type { ProberFacts, ProberSurvey } from '#scan/engine/prober.js';

/** Fewer descriptors than this hold connect scans back: probes in flight, and what else a process opens. */
const DESCRIPTORS_REQUESTED = 4 * DEFAULT_CONCURRENCY;

/** The database as far as it is known without starting one. */
export interface DatabaseFacts {
  readonly isEmbedded: boolean;
  /** Of PostgreSQL; null when nobody can tell. */
  readonly version: string | null;
  /** Why it cannot be used; null when it can. */
  readonly problem: { readonly message: string; readonly hint: string | undefined } | null;
}

/** One command that mends something, and when it is the right one. */
export interface Remedy {
  readonly what: string;
  readonly command: string;
}

export interface MachineCheck {
  readonly name: string;
  readonly isOk: boolean;
  readonly found: string;
  readonly remedies: readonly Remedy[];
}

export interface MachineEngine {
  readonly name: EngineName;
  readonly protocols: readonly Protocol[];
  /** Why it cannot be had; null when it can. */
  readonly lack: { readonly message: string; readonly hint: string } | null;
}

export interface MachineReport {
  readonly checks: readonly MachineCheck[];
  readonly engines: readonly MachineEngine[];
}

/** What this machine can do and, for what it cannot, the command that mends it. Pure. */
export function examineMachine(
  survey: ProberSurvey | ScanoramaError,
  database: DatabaseFacts,
): MachineReport {
  const databaseCheck = checkDatabase(database);
  if (survey instanceof ScanoramaError) return { checks: [deadProber(survey), databaseCheck], engines: [] };
  const { facts } = survey;
  return {
    checks: [
      ok('node', `${facts.nodeVersion} at ${facts.nodePath}`),
      checkPlatform(facts),
      checkProber(facts),
      checkRawPackets(facts),
      checkDescriptors(facts),
      checkNmap(facts),
      databaseCheck,
    ],
    engines: enginesOf(survey),
  };
}

/** Those that a machine has, and the others with what they lack. */
export function enginesOf({ available, missing }: ProberSurvey): MachineEngine[] {
  return [
    ...available.map(({ name, protocols }) => ({ name, protocols, lack: null })),
    ...missing.map(({ name, message, hint }) => ({ name, protocols: [], lack: { message, hint } })),
  ];
}

/** Asks the prober, and takes its death for an answer. */
export async function surveyOrDeath(prober: { survey(): Promise<ProberSurvey> }) {
  return prober.survey().catch((error: unknown) => {
    if (error instanceof ScanoramaError) return error;
    throw error;
  });
}

function ok(name: string, found: string): MachineCheck {
  return { name, isOk: true, found, remedies: [] };
}

function lacking(name: string, found: string, ...remedies: readonly Remedy[]): MachineCheck {
  return { name, isOk: false, found, remedies };
}

function deadProber({ message }: ScanoramaError): MachineCheck {
  return lacking(
    'prober',
    message,
    { what: 'Without a Node.js of its own', command: 'unset SCANORAMA_PROBER_NODE' },
    {
      what: 'In this program, with the portable engine alone',
      command: 'export SCANORAMA_PROBER=in-process',
    },
  );
}

function checkPlatform({ platform }: ProberFacts): MachineCheck {
  if (platform === 'linux') return ok('platform', platform);
  return lacking('platform', `${platform}: the connect engine alone, and a PostgreSQL of your own`);
}

function checkProber({ where, platform }: ProberFacts): MachineCheck {
  if (where === 'own-process') return ok('prober', 'a process of its own');
  const found = 'in this program, with the portable engine alone';
  if (platform !== 'linux') return lacking('prober', found);
  return lacking('prober', found, { what: 'A process of its own', command: 'unset SCANORAMA_PROBER' });
}

function checkRawPackets({ rawPackets, nodePath, where, platform }: ProberFacts): MachineCheck {
  const name = 'raw packets';
  if (rawPackets) return ok(name, 'allowed (CAP_NET_RAW)');
  if (platform !== 'linux' || where !== 'own-process')
    return lacking(name, 'need a prober process, on Linux');
  return lacking(
    name,
    'not allowed (CAP_NET_RAW is missing)',
    { what: 'For a copy of Node.js that only the prober uses', command: rawPacketsCommand(nodePath) },
    { what: 'For a systemd service called scanorama', command: rawPacketsServiceCommand() },
  );
}

function checkDescriptors({ descriptorLimit }: ProberFacts): MachineCheck {
  const name = 'open files';
  if (descriptorLimit === null) return ok(name, 'limit unknown');
  if (descriptorLimit >= DESCRIPTORS_REQUESTED) return ok(name, `up to ${descriptorLimit}`);
  return lacking(name, `up to ${descriptorLimit}, so fewer probes at once`, {
    what: 'For this shell',
    command: `ulimit -n ${DESCRIPTORS_REQUESTED}`,
  });
}

function checkNmap({ nmapVersion }: ProberFacts): MachineCheck {
  if (nmapVersion !== null) return ok('nmap', nmapVersion);
  return lacking('nmap', 'not installed: no version, aggressive or comprehensive scans', {
    what: 'On Debian and Ubuntu',
    command: 'sudo apt-get install nmap',
  });
}

function checkDatabase({ isEmbedded, version, problem }: DatabaseFacts): MachineCheck {
  const name = 'database';
  const which = isEmbedded ? 'embedded PostgreSQL' : 'PostgreSQL of your own';
  if (problem === null) return ok(name, version === null ? which : `${which} ${version}`);
  return lacking(
    name,
    problem.message,
    ...(problem.hint === undefined ? [] : [{ what: problem.hint, command: DATABASE_COMMAND }]),
  );
}

const DATABASE_COMMAND = 'export DATABASE_URL=postgresql://user@host:5432/database';
