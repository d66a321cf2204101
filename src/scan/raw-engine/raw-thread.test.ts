import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { OTHER_BUILD_EXIT_CODE } from '#net/native/libc/build.js';
import { programFile, SOURCE_CONDITIONS } from '#net/native/libc/program-file.js';

test('a thread that is told of another build ends before it asks anything', async () => {
  const options = { argv: ['another'], execArgv: [...SOURCE_CONDITIONS] };
  const thread = new Worker(programFile('scan/raw-engine/raw-thread'), options);
  expect(await once(thread, 'exit')).toEqual([OTHER_BUILD_EXIT_CODE]);
});
