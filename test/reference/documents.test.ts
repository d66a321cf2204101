import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseArgv } from '#cli/program.js';
import { shellWords } from './shell-words.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const DOCUMENTS = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

/** Commands in code blocks: lines that begin with the program, without the prompt and what follows a pipe. */
function commandsOf(path: string): readonly string[] {
  const lines = readFileSync(join(ROOT, path), 'utf8').split('\n');
  let isFenced = false;
  const commands: string[] = [];
  for (const line of lines) {
    if (line.startsWith('```')) isFenced = !isFenced;
    const [, command] = /^ *(?:\.\/)?scanorama (.+)$/.exec(line) ?? [];
    if (command !== undefined && (isFenced || line.startsWith('    '))) commands.push(command);
  }
  return commands;
}

const commands = DOCUMENTS.flatMap((path) => commandsOf(path).map((command) => [path, command] as const));

test('the documents show commands', () => {
  expect(commands.length).toBeGreaterThan(60);
});

test.each(commands)('%s: scanorama %s', (_path, command) => {
  const words = shellWords(command);
  expect(() => parseArgv(words, { version: '', columns: 100, color: false })).not.toThrow();
});
