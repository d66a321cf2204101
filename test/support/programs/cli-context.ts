import { Readable } from 'node:stream';
import { setImmediate as nextIteration } from 'node:timers/promises';
import type {
  Access,
  App,
  AppIo,
  BackupRequest,
  Connection,
  RestoreRequest,
  RunningServer,
  ServeFlags,
} from '#app/interface.js';
import { Interrupts } from '#cli/program/interrupts.js';
import { type Io, OutputClosedError, type ReadLimits } from '#cli/program/io.js';
import { runCli } from '#cli/program/run.js';
import { createClient } from '#contract/api/client.js';
import type { ApiRequest, ApiResponse } from '#contract/api/request.js';
import type { ScanHost } from '#contract/scans/scan.js';
import type { BackupReport, RestoreReport } from '#contract/workers/backup.js';
import type { DoctorReport } from '#contract/workers/doctor.js';
import type { MigrationStatus } from '#contract/workers/health.js';
import type { WorkerView } from '#contract/workers/worker.js';
import { ERROR_CATALOG, ScanoramaError } from '#domain/errors/error.js';
import { SCAN_ID } from '../scans/scan-view.ts';

export type Answer = (request: ApiRequest) => unknown;

/** The environment of one run of the command line; everything omitted is empty. */
export interface Fixture {
  /** By `METHOD /path`; a response that throws a `ScanoramaError` is a failed request. */
  readonly answers?: Readonly<Record<string, Answer>>;
  readonly where?: Connection['where'];
  readonly serverUrl?: string | null;
  readonly terminal?: boolean;
  /** The arguments of the program. */
  readonly program?: string;
  readonly columns?: number;
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  readonly stdin?: string | Uint8Array;
  /** What the user types at a prompt. */
  readonly typed?: string;
  /** The output's reader closes it after this many writes. */
  readonly closesAfterWrites?: number;
  /** Called at each sleep, counted from 1, for example to interrupt. */
  readonly onSleep?: (count: number, interrupts: Interrupts) => void;
  readonly onRequest?: (interrupts: Interrupts) => void;
  readonly serve?: (flags: ServeFlags, io: AppIo, interrupts: Interrupts) => Promise<RunningServer>;
  readonly doctor?: DoctorReport;
  readonly torture?: App['torture'];
  readonly compareReports?: App['compareReports'];
  readonly migrate?: (action: 'up' | 'status', io: AppIo) => Promise<MigrationStatus>;
  readonly backup?: (request: BackupRequest, io: AppIo, interrupts: Interrupts) => Promise<BackupReport>;
  readonly restore?: (request: RestoreRequest, io: AppIo) => Promise<RestoreReport>;
  readonly connect?: (io: AppIo, interrupts: Interrupts, access: Access) => Promise<void>;
  readonly debug?: boolean;
}

export interface Outcome {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
  /** `METHOD /path` of every request, in order. */
  readonly calls: readonly string[];
  readonly requests: readonly ApiRequest[];
  readonly leftAtOnce: boolean;
  readonly connections: number;
  readonly closed: number;
}

export const NOW_MS = Date.parse('2026-11-23T12:00:00.000Z');

/** Runs the command line against a fake application whose client is the real one. */
export async function runIn(fixture: Fixture, argv: readonly string[]): Promise<Outcome> {
  const seen = { stdout: '', stderr: '', leftAtOnce: false, connections: 0, closed: 0 };
  const requests: ApiRequest[] = [];
  const interrupts = new Interrupts(() => {
    seen.leftAtOnce = true;
  });
  const client = createClient(async (request) => {
    requests.push(request);
    return answerOf(fixture, request);
  });
  const app: App = {
    debug: fixture.debug === true,
    connect: async (_flags, io, access) => {
      seen.connections += 1;
      await fixture.connect?.(io, interrupts, access);
      return {
        client,
        where: fixture.where ?? 'in-process',
        serverUrl: fixture.serverUrl ?? null,
        close: async () => {
          seen.closed += 1;
        },
      };
    },
    serve: async (flags, io) => {
      if (fixture.serve === undefined) throw new Error('unexpected call of serve');
      return fixture.serve(flags, io, interrupts);
    },
    doctor: async () => {
      if (fixture.doctor === undefined) throw new Error('unexpected call of doctor');
      return fixture.doctor;
    },
    torture: async (input, io) => {
      if (fixture.torture === undefined) throw new Error('unexpected call of torture');
      return fixture.torture(input, io);
    },
    compareReports: async (...files) => {
      if (fixture.compareReports === undefined) throw new Error('unexpected call of compareReports');
      return fixture.compareReports(...files);
    },
    migrate: async (action, _flags, io) => {
      if (fixture.migrate === undefined) throw new Error('unexpected call of migrate');
      return fixture.migrate(action, io);
    },
    backup: async (request, _flags, io) => {
      if (fixture.backup === undefined) throw new Error('unexpected call of backup');
      return fixture.backup(request, io, interrupts);
    },
    restore: async (request, _flags, io) => {
      if (fixture.restore === undefined) throw new Error('unexpected call of restore');
      return fixture.restore(request, io);
    },
  };
  const io = fakeIo(fixture, seen, interrupts);
  const exit = await runCli({ argv, io, version: '9.8.7', loadApp: async () => app });
  const calls = requests.map(({ method, path }) => `${method} ${path}`);
  return { ...seen, exit, calls, requests };
}

/** The request of `--detach` before it starts anything. */
export const NEEDS_WORKERS = 'GET /api/v1/workers';

export function workerOf(changes: Partial<WorkerView> = {}): WorkerView {
  return {
    id: '01938f6e-7d2a-7c31-9b60-3f1d5a8c2e49',
    name: 'scan1/4711-9f3c2a',
    site: null,
    state: 'active',
    version: '9.8.7',
    schema_version: 19,
    concurrency: 16,
    engines: [
      { name: 'connect', available: true, protocols: ['tcp', 'udp'], reason: null, hint: null },
      {
        name: 'syn',
        available: false,
        protocols: [],
        reason: 'It may not send raw packets.',
        hint: 'Let it.',
      },
    ],
    platform: 'linux',
    raw_packets: false,
    started_at: '2026-11-23T10:00:00.000Z',
    heartbeat_at: '2026-11-23T11:59:58.000Z',
    heartbeat_seconds: 5,
    draining_at: null,
    drain_reason: null,
    stopped_at: null,
    running_shards: 1,
    running_scans: [SCAN_ID],
    ...changes,
  };
}

const USUAL_ANSWERS: Readonly<Record<string, Answer>> = {
  [NEEDS_WORKERS]: (request) => listAnswer([workerOf()])(request),
};

async function answerOf(fixture: Fixture, request: ApiRequest): Promise<ApiResponse> {
  const key = `${request.method} ${request.path}`;
  const answer = fixture.answers?.[key] ?? USUAL_ANSWERS[key];
  if (answer === undefined) throw new Error(`unexpected call of ${key}`);
  try {
    return { status: 200, body: await answer(request) };
  } catch (error) {
    if (!(error instanceof ScanoramaError)) throw error;
    const { code, message, hint, facts: details } = error;
    const body = { error: code, message, hint, details, request_id: 'r', timestamp: 't' };
    return { status: ERROR_CATALOG[code].http, body };
  }
}

function fakeIo(fixture: Fixture, seen: { stdout: string; stderr: string }, interrupts: Interrupts): Io {
  const terminal = fixture.terminal === true;
  let nowMs = NOW_MS;
  let sleeps = 0;
  let writes = 0;
  const columns = fixture.columns ?? 100;
  const sink = { isTerminal: terminal, rewritable: terminal, columns, color: terminal };
  return {
    program: fixture.program ?? 'scanorama',
    stdout: {
      ...sink,
      write: async (text) => {
        writes += 1;
        if (writes > (fixture.closesAfterWrites ?? Number.POSITIVE_INFINITY)) throw new OutputClosedError();
        seen.stdout += typeof text === 'string' ? text : Buffer.from(text).toString('latin1');
      },
    },
    stderr: {
      ...sink,
      write: async (text) => {
        seen.stderr += text;
      },
    },
    stdin: {
      isTerminal: terminal,
      readAll: async (limits) => bounded('-', fixture.stdin ?? '', limits),
      stream: (_signal) => Readable.from([Buffer.from(fixture.stdin ?? '')]),
      readLine: async () => {
        fixture.onRequest?.(interrupts);
        return fixture.typed ?? '';
      },
    },
    clock: { now: () => nowMs, monotonic: () => nowMs },
    interrupts,
    readFile: async (path, limits) => {
      const file = fixture.files?.[path];
      if (file === undefined) throw new ScanoramaError('file_unreadable', `The file ${path} does not exist.`);
      return bounded(path, file, limits);
    },
    openFile: async (path) => {
      const file = fixture.files?.[path];
      if (file === undefined) throw new ScanoramaError('file_unreadable', `The file ${path} does not exist.`);
      return Readable.from([Buffer.from(file)]);
    },
    sleep: async (durationMs) => {
      sleeps += 1;
      nowMs += durationMs;
      await nextIteration();
      fixture.onSleep?.(sleeps, interrupts);
    },
  };
}

function bounded(name: string, content: string | Uint8Array, limits: ReadLimits): Uint8Array {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  if (bytes.length > limits.maxBytes) throw new ScanoramaError('file_unreadable', `${name} is too large.`);
  return bytes;
}

export const HOST_ID = '01938f6e-7d2a-7c31-9b60-3f1d5a8c2e48';

/** Of a port whose service was not probed. */
export const UNPROBED_SERVICE = {
  service_method: 'table' as const,
  product: null,
  version: null,
  extra_info: null,
  tunnel: null,
  cpe: [],
};

export function scanHostOf(changes: Partial<ScanHost> = {}): ScanHost {
  return {
    ip: '127.0.0.1',
    host_id: HOST_ID,
    hostname: 'localhost',
    status: 'up',
    reason: 'syn-ack',
    ports: [
      { port: 22, protocol: 'tcp', state: 'open', reason: 'syn-ack', service: 'ssh', ...UNPROBED_SERVICE },
    ],
    ssh_servers: [],
    certificates: [],
    other_ports: [{ protocol: 'tcp', state: 'closed', reason: 'conn-refused', count: 921 }],
    ...changes,
  };
}

/** A list as the API returns it, paged by the query. */
export function listAnswer(items: readonly unknown[]): Answer {
  return ({ query }) => {
    const page = Number(query?.['page'] ?? 1);
    const size = Number(query?.['page_size'] ?? 50);
    return {
      data: items.slice((page - 1) * size, page * size),
      pagination: {
        page,
        page_size: size,
        total_items: items.length,
        total_pages: Math.ceil(items.length / size),
      },
    };
  };
}

/** One response after the other, the last one repeated; a function is called for its response. */
export function serialized(...answers: readonly unknown[]): Answer {
  let next = 0;
  return () => {
    const answer = answers[Math.min(next, answers.length - 1)];
    next += 1;
    return typeof answer === 'function' ? answer() : answer;
  };
}

export function failing(...given: ConstructorParameters<typeof ScanoramaError>): () => never {
  return () => {
    throw new ScanoramaError(...given);
  };
}
