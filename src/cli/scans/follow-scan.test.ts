import { expect, test } from 'vitest';
import { localClock } from '#cli/output/time.js';
import { POLL_FAILURES_MAX, POLL_INTERVAL_MS } from '#cli/scans/follow-scan.js';
import {
  type Fixture,
  failing,
  listAnswer,
  NEEDS_WORKERS,
  NOW_MS,
  runIn,
  scanHostOf,
  serialized,
} from '../../../test/support/programs/cli-context.ts';
import { RUNNING, SCAN_ID, scanOf } from '../../../test/support/scans/scan-view.ts';

const START = 'POST /api/v1/scans';
const OPTIONS = `GET /api/v1/scans/${SCAN_ID}`;
const STOP = `POST /api/v1/scans/${SCAN_ID}/stop`;
const RESULTS = `GET /api/v1/scans/${SCAN_ID}/results`;
const running = scanOf(RUNNING);
const completed = scanOf();
const cancelled = scanOf({ status: 'cancelled' });

const answers = {
  [START]: () => running,
  [OPTIONS]: serialized(running, running, completed),
  [RESULTS]: listAnswer([scanHostOf()]),
};

test('a scan that another user stopped exits 130', async () => {
  const { exit } = await runIn({ answers: { ...answers, [OPTIONS]: () => cancelled } }, [
    'scan',
    '127.0.0.1',
  ]);
  expect(exit).toBe(130);
});

test('the first interruption stops the scan, shows what was seen, and exits 130', async () => {
  const fixture: Fixture = {
    answers: {
      ...answers,
      [OPTIONS]: serialized(running, scanOf({ ...RUNNING, open_ports: 2 }), cancelled),
      [STOP]: () => running,
    },
    onSleep: (count, interrupts) => count === 1 && interrupts.deliver(),
  };
  const { exit, stdout, stderr, calls, leftAtOnce, closed } = await runIn(fixture, ['scan', '127.0.0.1']);
  expect(calls).toEqual([START, STOP, OPTIONS, OPTIONS, OPTIONS, RESULTS]);
  expect(stdout).toContain('22/tcp');
  expect(stdout).toContain(' cancelled after ');
  expect(stderr).toContain('Stopping the scan; what was seen is kept.');
  expect({ exit, leftAtOnce, closed }).toEqual({ exit: 130, leftAtOnce: false, closed: 1 });
});

test('the second interruption leaves at once', async () => {
  const fixture: Fixture = {
    answers: { ...answers, [OPTIONS]: serialized(running, running, cancelled), [STOP]: () => running },
    onSleep: (_count, interrupts) => interrupts.deliver(),
  };
  expect((await runIn(fixture, ['scan', '127.0.0.1'])).leftAtOnce).toBe(true);
});

test('an interruption while the scan is being started stops it all the same, detached or not', async () => {
  for (const detach of [[], ['--detach']]) {
    let interrupt: (() => void) | undefined;
    const fixture: Fixture = {
      where: 'local-server',
      connect: async (_io, interrupts) => {
        interrupt = () => interrupts.deliver();
      },
      answers: {
        ...answers,
        [START]: () => {
          interrupt?.();
          return running;
        },
        [STOP]: () => cancelled,
      },
    };
    const { exit, calls } = await runIn(fixture, ['scan', '127.0.0.1', ...detach]);
    const probes = detach.length === 0 ? [] : [NEEDS_WORKERS];
    expect({ exit, calls }).toEqual({ exit: 130, calls: [...probes, START, STOP, RESULTS] });
  }
});

test('a scan that ended by itself while it was being stopped is completed', async () => {
  const fixture: Fixture = {
    answers: {
      ...answers,
      [OPTIONS]: () => completed,
      [STOP]: failing('invalid_transition', 'It is completed.'),
    },
    onSleep: (count, interrupts) => count === 1 && interrupts.deliver(),
  };
  const { exit, calls } = await runIn(fixture, ['scan', '127.0.0.1']);
  expect({ exit, calls }).toEqual({ exit: 0, calls: [START, STOP, OPTIONS, RESULTS] });
});

test('a stop that did not arrive is sent again', async () => {
  const stop = serialized(
    failing('database_unavailable', 'Away.'),
    failing('server_unreachable', 'Away.'),
    cancelled,
  );
  const fixture: Fixture = {
    answers: { ...answers, [STOP]: stop },
    onSleep: (count, interrupts) => count === 1 && interrupts.deliver(),
  };
  const { exit, calls } = await runIn(fixture, ['scan', '127.0.0.1']);
  expect({ exit, calls }).toEqual({ exit: 130, calls: [START, STOP, STOP, STOP, RESULTS] });
});

test('a database that is away for a while is waited for', async () => {
  const away = failing('database_unavailable', 'The database is away.');
  const options = serialized(
    running,
    ...Array.from({ length: POLL_FAILURES_MAX }, () => away),
    running,
    completed,
  );
  expect((await runIn({ answers: { ...answers, [OPTIONS]: options } }, ['scan', '127.0.0.1'])).exit).toBe(0);
});

test('a database that stays away is an error at last', async () => {
  const options = failing('database_unavailable', 'The database is away.');
  const { exit, stderr, calls, closed } = await runIn({ answers: { ...answers, [OPTIONS]: options } }, [
    'scan',
    '127.0.0.1',
  ]);
  expect({ exit, closed, polls: calls.length - 1 }).toEqual({
    exit: 5,
    closed: 1,
    polls: POLL_FAILURES_MAX + 1,
  });
  const receivedAt = localClock(NOW_MS);
  expect(stderr).toBe(
    `No progress since ${receivedAt}: The database is away. The request is repeated for half a minute.\n` +
      `error: The database is away. There is no progress of scan ${SCAN_ID} since ${receivedAt}. [database_unavailable]\n` +
      `hint: Its results are stored, and it continues automatically when a server runs again; \`scanorama scans show ${SCAN_ID}\` shows its progress.\n`,
  );
});

test('on a terminal the scan id is shown at the start, and a missing response within two seconds', async () => {
  const away = failing('server_unreachable', 'The server does not answer.');
  const fixture: Fixture = {
    terminal: true,
    answers: {
      ...answers,
      [OPTIONS]: serialized(running, ...Array.from({ length: 8 }, () => away), completed),
    },
  };
  const { exit, stderr } = await runIn(fixture, ['scan', '127.0.0.1']);
  const shown = stderr.replaceAll('\r\u001b[K', '\n');
  expect(exit).toBe(0);
  expect(shown.startsWith(`This is scan ${SCAN_ID}.\n`)).toBe(true);
  const receivedAt = localClock(NOW_MS + POLL_INTERVAL_MS);
  expect(shown).toContain(`No progress since ${receivedAt}: The server does not answer.`);
  expect(shown).toContain(`  no progress since ${receivedAt}\n`);
});

test('a single failed poll is not reported', async () => {
  const away = failing('server_unreachable', 'The server does not answer.');
  const { stderr } = await runIn(
    { answers: { ...answers, [OPTIONS]: serialized(running, away, completed) } },
    ['scan', '127.0.0.1'],
  );
  expect(stderr).toBe('');
});

test('another failure while looking is not waited for', async () => {
  const options = failing('not_found', 'No such scan.');
  const { exit, calls } = await runIn({ answers: { ...answers, [OPTIONS]: options } }, ['scan', '127.0.0.1']);
  expect({ exit, calls }).toEqual({ exit: 1, calls: [START, OPTIONS] });
});

const pending = (waiting_reason: string) =>
  scanOf({ status: 'pending', started_at: null, completed_at: null, waiting_reason });

test('the reason why a scan waits is shown after a while, and again when it changes', async () => {
  const WATCH = `GET /api/v1/scans/${SCAN_ID}`;
  const first = 'No worker of the site branch is running.';
  const second = 'The only worker of the site branch is drained.';
  let polls = 0;
  const fixture: Fixture = {
    answers: {
      ...answers,
      [START]: () => pending(first),
      [WATCH]: () => {
        polls += 1;
        if (polls > 40) return scanOf();
        return pending(polls > 20 ? second : first);
      },
    },
  };
  const { exit, stderr } = await runIn(fixture, ['scan', '127.0.0.1']);
  expect(exit).toBe(0);
  expect(stderr.match(/is running\.|is drained\./g)).toEqual(['is running.', 'is drained.']);
  polls = 38;
  expect((await runIn(fixture, ['scan', '127.0.0.1'])).stderr).toBe('');
});

test.each(['in-process', 'local-server', 'remote'] as const)(
  'detached without a worker anywhere is refused before anything is started (%s)',
  async (where) => {
    const without = { ...answers, [NEEDS_WORKERS]: listAnswer([]) };
    const args = ['scan', '127.0.0.1', '--detach'];
    const { exit, stderr, calls } = await runIn({ answers: without, where }, args);
    expect({ exit, calls }).toEqual({ exit: 1, calls: [NEEDS_WORKERS] });
    expect(stderr).toContain('could continue a detached scan. [no_worker]\nhint: Start one with');
  },
);
