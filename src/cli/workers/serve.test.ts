import { expect, test } from 'vitest';
import type { RunningServer } from '#app/interface.js';
import { ScanoramaError } from '#domain/errors/error.js';
import { type Fixture, runIn } from '../../../test/support/programs/cli-context.ts';

function serverOf(changes: Partial<RunningServer> = {}) {
  const { promise: stopped, resolve } = Promise.withResolvers<void>();
  const closes: string[] = [];
  const server: RunningServer = {
    metricsUrl: null,
    url: 'http://127.0.0.1:8080',
    adminKeyFile: '/data/administrator.key',
    signInLink: 'http://127.0.0.1:8080/sign-in?token=t',
    worker: null,
    stopped,
    close: async () => {
      closes.push('closed');
      resolve();
    },
    ...changes,
  };
  return { server, closes };
}

test('prints its address, serves until it is stopped, and exits 0', async () => {
  const { server, closes } = serverOf();
  let aborted = false;
  const fixture: Fixture = {
    serve: async (flags, io, interrupts) => {
      expect(flags).toMatchObject({ listen: '8080', dataDir: '/data' });
      io.signal.addEventListener('abort', () => (aborted = true));
      io.notice('A database was made.');
      io.routine('It was started.');
      setTimeout(() => interrupts.deliver(), 5);
      return server;
    },
  };
  const { exit, stdout, stderr, leftAtOnce } = await runIn(fixture, [
    'serve',
    '--listen',
    '8080',
    '--data-dir',
    '/data',
  ]);
  expect(stdout.split('\n')).toEqual([
    'Scanorama is running.',
    'Address            http://127.0.0.1:8080',
    'Administrator key  in /data/administrator.key',
    'Sign in            http://127.0.0.1:8080/sign-in?token=t',
    'Press Ctrl-C to stop.',
    '',
  ]);
  expect(stderr).toBe(
    'A database was made.\nIt was started.\nStopping. Press Ctrl-C again to leave at once.\n',
  );
  expect({ exit, closes, aborted, leftAtOnce }).toEqual({
    exit: 0,
    closes: ['closed'],
    aborted: false,
    leftAtOnce: false,
  });
});

test('a later start shows how to get a sign-in link, and JSON shows that there is none', async () => {
  const fixture: Fixture = {
    serve: async (_flags, _io, interrupts) => {
      setTimeout(() => interrupts.deliver(), 5);
      return serverOf({ adminKeyFile: null, signInLink: null }).server;
    },
  };
  expect((await runIn(fixture, ['serve'])).stdout).toBe(
    'Scanorama is running.\nAddress  http://127.0.0.1:8080\nSign in  `scanorama api-keys link` signs a browser in\nPress Ctrl-C to stop.\n',
  );
  const inPlace = await runIn({ ...fixture, program: './scanorama' }, ['serve', '--data-dir', '/a b']);
  expect(inPlace.stdout).toContain("`./scanorama api-keys link --data-dir '/a b'` signs a browser in\n");
  expect(JSON.parse((await runIn(fixture, ['serve', '--json'])).stdout)).toEqual({
    url: 'http://127.0.0.1:8080',
    admin_key_file: null,
    sign_in_link: null,
    worker: null,
  });
});

test('a server that is stopped while it starts exits without an error', async () => {
  const fixture: Fixture = {
    serve: (_flags, io, interrupts) =>
      new Promise((_resolve, reject) => {
        io.signal.addEventListener('abort', () => reject(new Error('aborted')));
        interrupts.deliver();
      }),
  };
  const { exit, stdout, stderr } = await runIn(fixture, ['serve']);
  expect({ exit, stdout }).toEqual({ exit: 0, stdout: '' });
  expect(stderr).not.toContain('error');
});

test('a server that is stopped while it starts, but still starts, is closed', async () => {
  const { server, closes } = serverOf();
  const fixture: Fixture = {
    serve: async (_flags, _io, interrupts) => {
      interrupts.deliver();
      return server;
    },
  };
  expect((await runIn(fixture, ['serve'])).exit).toBe(0);
  expect(closes).toEqual(['closed']);
});

test('a failure to start is reported', async () => {
  const fixture: Fixture = {
    serve: async () => {
      throw new ScanoramaError('port_in_use', 'Another program already listens there.');
    },
  };
  const { exit, stderr } = await runIn(fixture, ['serve']);
  expect({ exit, stderr }).toEqual({
    exit: 1,
    stderr: 'error: Another program already listens there. [port_in_use]\n',
  });
});

test('a failure to stop is reported, even after a request to stop', async () => {
  const fixture: Fixture = {
    serve: async (_flags, _io, interrupts) => {
      setTimeout(() => interrupts.deliver(), 5);
      return serverOf({ close: async () => Promise.reject(new Error('the database would not stop')) }).server;
    },
  };
  const { exit, stderr } = await runIn(fixture, ['serve']);
  expect(exit).toBe(1);
  expect(stderr).toContain('the database would not stop. [internal]');
});

test('a server that stops with a failure reports it', async () => {
  const stopped = Promise.reject(new ScanoramaError('database_unavailable', 'The database went away.'));
  stopped.catch(() => undefined);
  const fixture: Fixture = { serve: async () => serverOf({ stopped }).server };
  expect(await runIn(fixture, ['serve'])).toMatchObject({
    exit: 5,
    stderr: 'error: The database went away. [database_unavailable]\n',
  });
});

test('a worker prints its name and its site, and fails with the reason why it had to end', async () => {
  const failed = Promise.withResolvers<void>();
  const { server } = serverOf({
    url: null,
    adminKeyFile: null,
    signInLink: null,
    worker: { name: 'scan1/7-9f3c2a', site: 'branch' },
    stopped: failed.promise,
    close: async () => undefined,
  });
  const fixture: Fixture = {
    serve: async (flags) => {
      expect(flags).toMatchObject({ roles: ['worker'], site: 'branch', concurrency: 4 });
      setTimeout(() => failed.reject(new ScanoramaError('worker_version_skew', 'It is too old.')), 5);
      return server;
    },
  };
  const { exit, stdout, stderr } = await runIn(fixture, ['worker', '--site', 'branch', '--concurrency', '4']);
  expect(stdout).toBe(
    'The worker is running.\nWorker  scan1/7-9f3c2a\nSite    branch\nPress Ctrl-C to stop.\n',
  );
  expect({ exit, stderr }).toEqual({ exit: 1, stderr: 'error: It is too old. [worker_version_skew]\n' });
});

test.each([
  ['--roles cook', 'web, worker, scheduler'],
  ['--roles web --site branch', '--site is for the role worker'],
  ['--roles worker --listen 80', '--listen is for the role web'],
  ['--concurrency 65', 'at most 64'],
])('serve %s is refused', async (args, reason) => {
  const { exit, stderr } = await runIn({}, ['serve', ...args.split(' ')]);
  expect(exit).toBe(2);
  expect(stderr).toContain(reason);
});
