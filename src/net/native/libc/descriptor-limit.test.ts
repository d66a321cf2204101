import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { raiseDescriptorLimit } from '#net/native/libc/descriptor-limit.js';

const isLinux = process.platform === 'linux';
if (!isLinux) console.warn('SKIPPED: native calls are made on Linux alone');

/** What a process of its own, started with these limits of open files, makes of them. */
async function raisedFrom(soft: number, hard: number): Promise<string> {
  const script = `
    import { raiseDescriptorLimit } from '${new URL('descriptor-limit.ts', import.meta.url).href}';
    import { loadLibc } from '${new URL('libc.ts', import.meta.url).href}';
    import { allocate } from '${new URL('memory.ts', import.meta.url).href}';
    import { readFileSync } from 'node:fs';
    // Node raises the limit by itself when it starts, so it is lowered here again.
    const memory = allocate(16);
    memory.view.setBigUint64(0, ${soft}n, true);
    memory.view.setBigUint64(8, ${hard}n, true);
    loadLibc().func('int setrlimit(int resource, void *limit)')(7, memory.pointer);
    const raised = raiseDescriptorLimit();
    const [, kernel] = /^Max open files +(\\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'));
    console.log(raised, kernel);`;
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--conditions=source',
    '--input-type=module',
    '--eval',
    script,
  ]);
  return stdout.trim();
}

describe.skipIf(!isLinux)('the limit of open files', () => {
  it('is raised as far as the system lets us', async () => {
    expect(await raisedFrom(256, 4_096)).toBe('4096 4096');
  });

  it('stays where it can be raised no further', async () => {
    expect(await raisedFrom(300, 300)).toBe('300 300');
  });

  it('is what the kernel says it is', () => {
    const raised = raiseDescriptorLimit() ?? 0;
    const kernel = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    expect(raised).toBe(Math.min(1_048_576, Number(kernel)));
  });
});
