import { ScanoramaError } from '#domain/errors/error.js';

declare const SCANORAMA_BUILD: string | undefined;

/**
 * Which sources this was built of (`vite.config.ts`). Parts are started from the disk, where another build may have taken the
 * place of the one that runs, and what they say to each other is of one version.
 */
export const BUILD = typeof SCANORAMA_BUILD === 'string' ? SCANORAMA_BUILD : 'source';

/** What a part of another build ends with, before it says anything. */
export const OTHER_BUILD_EXIT_CODE = 86;

/** Ends this part where whoever started it, who tells their build as the last argument, is of another. */
export function leaveUnlessOfBuild(reported: string | undefined): void {
  if (reported !== BUILD) process.exit(OTHER_BUILD_EXIT_CODE);
}

/** What starting such a part comes to. */
export function rebuiltError(): ScanoramaError {
  return new ScanoramaError(
    'program_rebuilt',
    'This program was rebuilt since it started, and can start no prober of its own build any more.',
    { hint: 'Restart it to use the new build, then resume the scan: it goes on where it stopped.' },
  );
}
