import { join } from 'node:path';
import type { Releasers } from '#app/serve/releasers.js';
import { openLab } from '#app/torture/torture.js';
import type { FaultKind } from '#torture/fault.js';
import { FAULTS } from '#torture/faults.js';
import type { Lab } from '#torture/lab.js';
import { pointFaults } from './point-faults.ts';
import { CLOCK_STEPS_MS, clockFault, diskFault, poolFault } from './system-faults.ts';
import { openTrapProxy, type TrapProxy } from './trap-proxy.ts';

export interface Suite {
  readonly lab: Lab;
  readonly kinds: readonly FaultKind[];
}

export interface SuiteOptions {
  readonly directory: string;
  /** Whether `directory` is on a small file system that may be filled. */
  readonly isSmall: boolean;
  readonly signal: AbortSignal;
}

const STEPPING_CLOCK = join(import.meta.dirname, 'fixtures', 'stepping-clock.ts');

/** The lab of `scanorama torture`, extended by proxies, clocks and a small disk. */
export async function openSuite(
  { directory, isSmall, signal }: SuiteOptions,
  releasers: Releasers,
): Promise<Suite> {
  const proxies: TrapProxy[] = [];
  const lab = await openLab(
    {
      directory,
      signal,
      nodeFlags: ['--import', STEPPING_CLOCK],
      environment: { STEPPING_CLOCK_MS: CLOCK_STEPS_MS.join(',') },
      route: async (direct) => {
        const proxy = await openTrapProxy(direct);
        releasers.add(() => proxy.close());
        proxies.push(proxy);
        return proxy.url;
      },
    },
    releasers,
  );
  return {
    lab,
    kinds: [...FAULTS, ...pointFaults(proxies), poolFault, clockFault, ...(isSmall ? [diskFault] : [])],
  };
}
