/**
 * Says by its exit code whether node_modules holds what package-lock.json names, whoever installed it.
 * `scripts/bootstrap.sh` asks before it installs; node_modules/.package-lock.json is npm's own record, written last.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';

interface LockedPackage {
  version?: string;
  integrity?: string;
  optional?: boolean;
  devOptional?: boolean;
  os?: string | string[];
  cpu?: string | string[];
  libc?: string | string[];
}
interface Lock {
  packages: Record<string, LockedPackage>;
}

const root = process.argv[2] ?? '.';

function readLock(path: string): Record<string, LockedPackage> {
  const lock: Lock = JSON.parse(readFileSync(join(root, path), 'utf8'));
  return lock.packages;
}

const asList = (value: string | string[] | undefined) => (value === undefined ? [] : [value].flat());

/** An optional package may be absent, unless it is the one made for this very system. */
function mayBeAbsent(wanted: LockedPackage): boolean {
  if (wanted.optional !== true && wanted.devOptional !== true) return false;
  const forThisSystem =
    asList(wanted.os).includes(process.platform) && asList(wanted.cpu).includes(process.arch);
  return !forThisSystem || wanted.libc !== undefined;
}

function isInPlace(path: string, wanted: LockedPackage, installed: LockedPackage | undefined): boolean {
  if (installed === undefined) return mayBeAbsent(wanted);
  if (installed.version !== wanted.version || installed.integrity !== wanted.integrity) return false;
  return existsSync(join(root, path, 'package.json'));
}

const wanted = readLock('package-lock.json');
const installed = readLock('node_modules/.package-lock.json');
const wrong = Object.keys(wanted).filter(
  (path) => path !== '' && !isInPlace(path, wanted[path] ?? {}, installed[path]),
);
process.exitCode = wrong.length === 0 ? 0 : 1;
