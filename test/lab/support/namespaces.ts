import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A command that has to succeed; throws with its output. */
export function must(command: string, args: readonly string[], input = ''): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { input, encoding: 'utf8' });
  if (status === 0) return stdout;
  throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? stderr.trim()}\n${input}`);
}

const PREFIX = 'lab-';
const FOLDER_PREFIX = 'scanorama-lab-';
/** process id, start time of that process, a unique suffix for each lab */
const OWNER = /^(\d+)-(\d+)-[0-9a-z]+/i;

/** The start time of a process, in ticks since boot: detects a process id that is used again. */
function startTicks(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .at(19);
  } catch {
    return undefined;
  }
}

export interface LabName {
  /** Prefix of the name of each namespace of one lab. */
  readonly prefix: string;
  /** A temporary directory for configurations and captures. */
  readonly folder: string;
}

export function newLabName(): LabName {
  const owner = `${process.pid}-${startTicks(process.pid)}`;
  return {
    prefix: `${PREFIX}${owner}-${randomBytes(3).toString('hex')}`,
    folder: mkdtempSync(join(tmpdir(), `${FOLDER_PREFIX}${owner}-`)),
  };
}

/** Ends the processes in these namespaces and removes the namespaces; missing ones are no error. */
export function removeNamespaces(names: readonly string[]): void {
  for (const name of names) {
    const { stdout } = spawnSync('ip', ['netns', 'pids', name], { encoding: 'utf8' });
    for (const pid of stdout.split('\n').filter(Boolean)) {
      try {
        process.kill(Number(pid), 'SIGKILL');
      } catch {
        // It ended by itself.
      }
    }
    spawnSync('ip', ['netns', 'delete', name]);
  }
}

/** Names of the namespaces with this prefix. */
export function namespacesOf(prefix: string): readonly string[] {
  return must('ip', ['netns', 'list'])
    .split('\n')
    .flatMap((line) => line.split(' ').slice(0, 1))
    .filter((name) => name.startsWith(prefix));
}

/** Removes what labs of dead processes have left behind, and returns the names of those namespaces. */
export function removeLeftovers(): readonly string[] {
  const names = namespacesOf(PREFIX).filter((name) => isLeftover(name, PREFIX));
  removeNamespaces(names);
  for (const folder of readdirSync(tmpdir())) {
    if (isLeftover(folder, FOLDER_PREFIX)) rmSync(join(tmpdir(), folder), { recursive: true, force: true });
  }
  return names;
}

function isLeftover(name: string, prefix: string): boolean {
  if (!name.startsWith(prefix)) return false;
  const [, pid, ticks] = OWNER.exec(name.slice(prefix.length)) ?? [];
  return pid !== undefined && startTicks(Number(pid)) !== ticks;
}

const TOOL_FOLDERS = ['/usr/sbin', '/sbin', '/usr/bin', '/bin'];
export function hasTool(tool: string): boolean {
  return TOOL_FOLDERS.some((folder) => existsSync(join(folder, tool)));
}

const TOOLS = ['ip', 'nft', 'tcpdump'];

/** Why no lab can be created here; undefined when it can. */
function missingLabRequirement(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces are a thing of Linux';
  if (process.getuid?.() !== 0) return 'only root can make network namespaces';
  const missing = TOOLS.filter((tool) => !hasTool(tool));
  return missing.length === 0 ? undefined : `${missing.join(' and ')} is not installed`;
}

/** For `describe.skipIf`: whether to skip the lab, with one warning. */
export function withoutLab(): boolean {
  const unreachable = missingLabRequirement();
  if (unreachable !== undefined) console.warn(`NO LAB: nothing here is tested, because ${unreachable}.`);
  return unreachable !== undefined;
}
