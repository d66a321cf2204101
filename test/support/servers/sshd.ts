import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SSHD = '/usr/sbin/sshd';
/** The user it runs as where the test is root; as root it would need directories of the system. */
const NO_OWNER = 65_534;

/** Debian's sshd, where it is installed; otherwise the reason is printed. */
export const HAS_SSHD = existsSync(SSHD);
if (!HAS_SSHD) console.warn('Without /usr/sbin/sshd (openssh-server) no real SSH server is tested.');

export const REAL_KEY_TYPES = ['ed25519', 'ecdsa', 'rsa'] as const;

export interface RealServer {
  /** Fingerprints of its host keys, as `ssh-keygen -l` prints them. */
  readonly fingerprints: readonly string[];
  close(): Promise<void>;
}

/** Starts sshd with host keys of its own on an address of loopback, and waits until it listens. */
export async function startSshd(host: string, port: number): Promise<RealServer> {
  const folder = await mkdtemp(join(tmpdir(), 'scanorama-sshd-'));
  const keys = REAL_KEY_TYPES.map((type) => join(folder, type));
  for (const [index, type] of REAL_KEY_TYPES.entries())
    ran('ssh-keygen', ['-q', '-t', type, '-N', '', '-f', keys[index] ?? '']);
  const lines = [`Port ${port}`, `ListenAddress ${host}`, 'PidFile none', 'UsePAM no', 'StrictModes no'];
  const config = join(folder, 'config');
  await writeFile(config, [...lines, ...keys.map((key) => `HostKey ${key}`), ''].join('\n'));
  const isRoot = process.getuid?.() === 0;
  chmodSync(folder, 0o755);
  if (isRoot) for (const key of keys) chownSync(key, NO_OWNER, NO_OWNER);
  const server = spawn(SSHD, ['-D', '-e', '-f', config], {
    stdio: 'ignore',
    ...(isRoot ? { uid: NO_OWNER, gid: NO_OWNER } : {}),
  });
  await listening(server, { host, port });
  return {
    fingerprints: keys.map((key) => ran('ssh-keygen', ['-l', '-f', `${key}.pub`]).split(' ')[1] ?? ''),
    async close() {
      if (server.exitCode === null && server.signalCode === null) {
        server.kill('SIGTERM');
        await once(server, 'close');
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function ran(command: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ended with ${status}: ${stderr}`);
  return stdout;
}

const POLL_MS = 50;

async function listening(server: ChildProcess, at: { readonly host: string; readonly port: number }) {
  for (;;) {
    if (server.exitCode !== null) throw new Error(`sshd ended with ${server.exitCode}`);
    const socket = connect(at);
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    });
    socket.destroy();
    if (isOpen) return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
