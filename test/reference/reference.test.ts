import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ApiLab, openApiLab } from '../support/api/api-lab.ts';
import { apiReference } from './api-reference.ts';
import { cliReference } from './cli-reference.ts';
import { configurationReference } from './configuration-reference.ts';

// `npm run docs` writes what these tests compare.
const documentNamed = (name: string) => join(import.meta.dirname, '..', '..', 'docs', name);

let lab: ApiLab;
beforeAll(async () => {
  lab = await openApiLab();
});
afterAll(() => lab.close());

test('docs/cli.md is the help of every command', async () => {
  await expect(cliReference()).toMatchFileSnapshot(documentNamed('cli.md'));
});

test('docs/configuration.md has every environment variable and setting', async () => {
  await expect(configurationReference()).toMatchFileSnapshot(documentNamed('configuration.md'));
});

test('docs/api.md has every operation', async () => {
  const { body } = await lab.probe({ url: '/openapi.json' });
  await expect(apiReference(body)).toMatchFileSnapshot(documentNamed('api.md'));
});
