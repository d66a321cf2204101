import { execFile } from 'node:child_process';

const NMAP_TIMEOUT_MS = 5_000;
const NMAP_MAX_BYTES = 65_536;

/** Version of the nmap on the PATH, null when there is none. It is only asked for its version and sends nothing. */
export function findNmapVersion(): Promise<string | null> {
  return new Promise((resolve) => {
    const limits = { timeout: NMAP_TIMEOUT_MS, maxBuffer: NMAP_MAX_BYTES };
    execFile('nmap', ['--version'], limits, (error, stdout) => {
      resolve(error === null ? (/^Nmap version (\S+)/im.exec(stdout)?.[1] ?? null) : null);
    });
  });
}
