import { expect, test } from 'vitest';
import { DEFAULT_LISTEN, readListenAddress, readMetricsAddress, readSettings } from '#config/settings.js';

test('a wrong SCANORAMA_LISTEN is nothing to a program that does not listen', () => {
  expect(readSettings({}, { SCANORAMA_LISTEN: 'bad' }).databaseUrl).toBeUndefined();
});

test('where to listen: the flag, else the environment, else loopback', () => {
  expect(readListenAddress(undefined, {})).toEqual(DEFAULT_LISTEN);
  expect(readListenAddress(undefined, { SCANORAMA_LISTEN: '9' })).toEqual({ host: '127.0.0.1', port: 9 });
  expect(readListenAddress('[::1]:8', { SCANORAMA_LISTEN: 'bad' })).toEqual({ host: '::1', port: 8 });
});

test.each([
  ['SCANORAMA_LISTEN', undefined, { SCANORAMA_LISTEN: 'bad' }],
  ['--listen', 'bad', {}],
])('a wrong address is refused, naming its source: %s', (at, flag, environment) => {
  expect(() => readListenAddress(flag, environment)).toThrow(
    expect.objectContaining({ code: 'invalid_configuration', at }),
  );
});

test('metrics are served only on loopback, which includes localhost', () => {
  expect(readMetricsAddress('9464')).toEqual({ host: '127.0.0.1', port: 9464 });
  expect(readMetricsAddress('localhost:9464')).toEqual({ host: '127.0.0.1', port: 9464 });
  expect(readMetricsAddress('[::1]:9464')).toEqual({ host: '::1', port: 9464 });
  for (const far of ['198.18.0.1:9464', 'localhost.example:9464', '0.0.0.0:9464'])
    expect(() => readMetricsAddress(far)).toThrow(expect.objectContaining({ at: '--metrics-listen' }));
});

test('whether the data directory was named', () => {
  expect(readSettings({}, {}).dataDirNamed).toBe(false);
  expect(readSettings({}, { SCANORAMA_DATA_DIR: '/x' })).toMatchObject({ dataDir: '/x', dataDirNamed: true });
  expect(readSettings({ dataDir: '/y' }, {})).toMatchObject({ dataDir: '/y', dataDirNamed: true });
});

test('where probing runs: a process on Linux, and what that process sees of the environment', () => {
  const { prober } = readSettings(
    {},
    { PATH: '/bin', SCANORAMA_API_KEY: 'secret', DATABASE_URL: 'postgres://u:p@h/d' },
  );
  expect(prober).toEqual({
    mode: process.platform === 'linux' ? 'process' : 'in-process',
    nodePath: undefined,
    environment: { PATH: '/bin' },
  });
  const named = readSettings(
    {},
    { SCANORAMA_PROBER: 'in-process', SCANORAMA_PROBER_NODE: '/opt/node' },
  ).prober;
  expect(named).toMatchObject({ mode: 'in-process', nodePath: '/opt/node' });
  expect(() => readSettings({}, { SCANORAMA_PROBER: 'elsewhere' })).toThrow(
    expect.objectContaining({ code: 'invalid_configuration', at: 'SCANORAMA_PROBER' }),
  );
});
