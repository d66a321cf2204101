import { PortSet } from '#domain/ports/port-set.js';
import type { SmartScanStage } from '#domain/smart-scan/smart-scan.js';

/** Lists of ports that one stage asks at one site: beyond these, hosts are asked what any of them is asked. */
export const MAX_PORT_SETS_PER_STAGE = 4;

/** One host to be scanned for one stage. */
export interface StageTask<Host> {
  readonly host: Host;
  readonly site: string;
  readonly stage: SmartScanStage;
  /** The profile that it is scanned by, as its `word`; null for none. */
  readonly profile: string | null;
  /** Beside the profile; null where its own are asked, or no ports at all. */
  readonly ports: PortSet | null;
}

/** Hosts that one scan is for. */
export interface StageBatch<Host> extends Omit<StageTask<Host>, 'host'> {
  readonly hosts: readonly Host[];
}

/** As few scans as asking each host the right thing takes, the largest first. */
export function batchTasks<Host>(tasks: readonly StageTask<Host>[]): readonly StageBatch<Host>[] {
  const alike = Map.groupBy(tasks, ({ site, stage, profile }) => JSON.stringify([site, stage, profile]));
  return [...alike.values()].flatMap(byPorts).sort((one, other) => other.hosts.length - one.hosts.length);
}

function byPorts<Host>(tasks: readonly StageTask<Host>[]): readonly StageBatch<Host>[] {
  const same = [...Map.groupBy(tasks, ({ ports }) => ports?.toString() ?? '').values()].sort(
    (one, other) => other.length - one.length,
  );
  if (same.length <= MAX_PORT_SETS_PER_STAGE) return same.map(batchOf);
  const alone = same.slice(0, MAX_PORT_SETS_PER_STAGE - 1);
  return [...alone, same.slice(MAX_PORT_SETS_PER_STAGE - 1).flat()].map(batchOf);
}

function batchOf<Host>(tasks: readonly StageTask<Host>[]): StageBatch<Host> {
  const [first] = tasks;
  if (first === undefined) throw new RangeError('a batch has at least one host');
  const { site, stage, profile } = first;
  const sets = tasks.flatMap(({ ports }) => ports ?? []);
  const ports = sets.length === 0 ? null : unionOf(sets);
  return { site, stage, profile, ports, hosts: tasks.map(({ host }) => host) };
}

export function unionOf(sets: readonly PortSet[]): PortSet {
  return PortSet.of({ tcp: sets.flatMap(({ tcp }) => tcp), udp: sets.flatMap(({ udp }) => udp) });
}
