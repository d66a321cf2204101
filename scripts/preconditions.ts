import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import process from 'node:process';

/** Something that a part of the tests cannot run without, and what is then not tested. */
interface Precondition {
  readonly name: string;
  readonly untested: string;
  readonly remedy: string;
  isMet(): boolean;
}

function isOnPath(...commands: string[]): boolean {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return folders.some((folder) => commands.some((command) => isExecutable(join(folder, command))));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const PRECONDITIONS: readonly Precondition[] = [
  {
    name: 'root',
    untested: 'network namespaces, and the database under an unprivileged user',
    remedy: 'run the tests as root',
    isMet: () => process.getuid?.() === 0,
  },
  {
    name: 'chromium',
    untested: 'the web app in a browser',
    remedy: 'apt-get install chromium',
    isMet: () => isOnPath('chromium'),
  },
  {
    name: 'iproute2 and nftables',
    untested: 'scans of hosts that answer, stay silent or lose packets',
    remedy: 'apt-get install iproute2 nftables',
    isMet: () => isOnPath('ip') && isOnPath('nft'),
  },
  {
    name: 'nmap and tcpdump',
    untested: 'scans by nmap, and a witness of every packet that is sent',
    remedy: 'apt-get install nmap tcpdump',
    isMet: () => isOnPath('nmap') && isOnPath('tcpdump'),
  },
  {
    name: '../shared/data',
    untested: 'readers held against files of real scans',
    remedy: 'lay the folder beside the checkout',
    isMet: () => existsSync(join(import.meta.dirname, '..', '..', 'shared', 'data')),
  },
];

/** One block for all that is missing, or nothing. */
export function missingPreconditions(): string {
  const missing = PRECONDITIONS.filter((precondition) => !precondition.isMet());
  if (missing.length === 0) return '';
  const lines = missing.map(({ name, untested, remedy }) => `!!   ${name}: ${untested} (${remedy})`);
  return ['!! NOT TESTED HERE, for want of:', ...lines].join('\n');
}
