import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';

/** What a program of its own prints, as lines go straight to its standard error. */
function printedBy(script: string): string[] {
  const log = new URL('log.ts', import.meta.url).href;
  const source = `import { createLog } from '${log}';\nconst err = new Error('a connection broke');\n${script}`;
  const words = ['--conditions=source', '--input-type=module', '--eval', source];
  const { stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' });
  return stderr.split('\n').flatMap((line) => /"msg":"([^"]*)"/.exec(line)?.[1] ?? []);
}

test('what is told of elsewhere is not told twice, but what a scan or a request met is', () => {
  const lines = printedBy(`const log = createLog('info', { isReported: () => true });
    log.warn({ err }, 'a line');
    log.warn({ err, scan: 'x' }, 'a line of a scan');
    log.error({ err, request: 'y' }, 'a line of a request');
    log.warn({ code: 'z' }, 'a line without an error');`);
  expect(lines).toEqual(['a line of a scan', 'a line of a request', 'a line without an error']);
});

test.each([true, false])('where that is only known later a line waits for it: %s', (isReported) => {
  const lines = printedBy(`const { promise, resolve } = Promise.withResolvers();
    const log = createLog('info', { isReported: () => promise });
    log.warn({ err }, 'a line');
    log.info('decided');
    resolve(${isReported});`);
  expect(lines).toEqual(isReported ? ['decided'] : ['decided', 'a line']);
});

test('of lines that wait there are not more and more', () => {
  const lines = printedBy(`const log = createLog('info', { isReported: () => new Promise(() => undefined) });
    for (let line = 1; line <= 102; line += 1) log.warn({ err }, String(line));`);
  expect(lines).toEqual(['101', '102']);
});
