import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { printed } from '../support/programs/program.ts';
import { RULESETS } from './support/firewall.ts';
import { LabProcesses, type StartedProgram } from './support/lab-processes.ts';
import { must, newLabName, removeLeftovers, removeNamespaces } from './support/namespaces.ts';
import { untilReady } from './support/readiness.ts';
import { installedServices, isServing } from './support/services.ts';
import { PLACES, type Place, type Service, servicesHost, type TrueHost } from './support/truth.ts';
import { applySettings, TUN_DEVICE, wire } from './support/wiring.ts';

export interface Lab {
  /** A temporary directory, removed with the lab. */
  readonly folder: string;
  /** The host with the real services, with those ports that a service was started for. */
  readonly servicesHost: TrueHost;
  namespaceOf(place: Place): string;
  /** Starts a program in a namespace; what still runs when the lab closes is killed. */
  start(place: Place, command: readonly string[]): StartedProgram;
  close(): Promise<void>;
}

/** Creates the lab after removing what dead processes left of theirs. `withoutLab` tells whether one can be created. */
export async function openLab(): Promise<Lab> {
  const removed = removeLeftovers();
  if (removed.length > 0) console.warn(`removed ${removed.length} namespaces that a lab had left behind`);
  const { prefix, folder } = newLabName();
  const namespaceOf = (place: Place) => `${prefix}-${place}`;
  const names = PLACES.map(namespaceOf);
  const processes = new LabProcesses(namespaceOf);
  const close = async () => {
    removeNamespaces(names);
    await processes.ended();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    build(names, namespaceOf);
    const services = await populate(processes, folder);
    await untilReady(namespaceOf);
    const start = (place: Place, command: readonly string[]) => processes.start(place, command);
    return { folder, servicesHost: servicesHost(services), namespaceOf, start, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function build(names: readonly string[], namespaceOf: (place: Place) => string): void {
  for (const name of names) must('ip', ['netns', 'add', name]);
  wire(namespaceOf);
  for (const name of names) applySettings(name);
  for (const { place, ruleset } of RULESETS) {
    must('ip', ['netns', 'exec', namespaceOf(place), 'nft', '-f', '-'], ruleset);
  }
}

const PROGRAMS: readonly { readonly place: Place; readonly file: string; readonly argument: string }[] = [
  { place: 'near', file: 'support/listen.ts', argument: 'near' },
  { place: 'field', file: 'support/listen.ts', argument: 'field' },
  { place: 'far', file: 'support/listen.ts', argument: 'far' },
  { place: 'odd', file: 'support/responder.ts', argument: TUN_DEVICE },
];

/** Everything that responds, ready to do so. */
async function populate(processes: LabProcesses, folder: string): Promise<readonly Service[]> {
  const services = installedServices(folder);
  await Promise.all([
    ...PROGRAMS.map(async ({ place, file, argument }) => {
      const command = [process.execPath, '--conditions=source', join(import.meta.dirname, file), argument];
      const { child, output } = processes.start(place, command);
      await printed(child, /ready/).catch((error: unknown) => {
        throw new Error(`${file} ${argument} did not start: ${output()}`, { cause: error });
      });
    }),
    ...services.map(async ({ service, command, args }) => {
      await serving(processes.start('near', [command, ...args]), service);
    }),
  ]);
  return services.map(({ service }) => service);
}

const SERVICE_START_LIMIT_MS = 15_000;

async function serving({ child, output }: StartedProgram, service: Service): Promise<void> {
  for (let waitedMs = 0; waitedMs < SERVICE_START_LIMIT_MS; waitedMs += 20) {
    if (child.exitCode !== null) break;
    if (isServing(child.pid ?? 0, service)) return;
    await sleep(20);
  }
  throw new Error(`${service.program} does not serve: ${output()}`);
}
