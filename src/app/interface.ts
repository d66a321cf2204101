import type { Client } from '#contract/api/client.js';
import type { ReportDiff } from '#contract/scans/diff.js';
import type { BackupReport, RestoreReport } from '#contract/workers/backup.js';
import type { DoctorReport } from '#contract/workers/doctor.js';
import type { MigrationStatus } from '#contract/workers/health.js';
import type { Role } from '#domain/workers/worker.js';
import type { TortureOptions, TortureProgress, TortureReport } from '#torture/run-torture.js';

/** Where Scanorama keeps and finds things; every flag that is absent falls back to the environment, then to a default. */
export interface PlaceFlags {
  readonly dataDir?: string | undefined;
  readonly databaseUrl?: string | undefined;
  readonly server?: string | undefined;
  readonly apiKey?: string | undefined;
}

export interface AppIo {
  readonly signal: AbortSignal;
  /** One sentence for the person at the terminal: the database was created, a stale lock was healed … */
  notice(message: string): void;
  /** What happens at every start and end, for who is watching it. */
  routine(message: string): void;
}

/** `stored`: a command that only deals with what is stored, and makes no database where there is none. */
export type Access = 'any' | 'stored';

/** A way to speak the contract, and what to let go of afterwards. */
export interface Connection {
  readonly client: Client;
  /** `in-process`: this program is the server for as long as it runs. */
  readonly where: 'in-process' | 'local-server' | 'remote';
  /** The address of the server that answers, for a browser; null when no server runs. */
  readonly serverUrl: string | null;
  close(): Promise<void>;
}

export interface ServeFlags extends PlaceFlags {
  /** host:port, or a port on loopback; default 127.0.0.1:8080. */
  readonly listen?: string | undefined;
  /** What it does; all of `ROLES` when absent. */
  readonly roles?: readonly Role[] | undefined;
  /** The one site whose shards it takes; every site without workers of its own when absent. */
  readonly site?: string | undefined;
  /** Shards it runs at once. */
  readonly concurrency?: number | undefined;
  /** A port of loopback on which it tells its metrics, without the role `web`. */
  readonly metricsListen?: string | undefined;
}

/** A program that takes shards, as the list of workers names it. */
export interface RunningWorker {
  readonly name: string;
  /** Null: every site that has no workers of its own. */
  readonly site: string | null;
}

export interface TortureOutcome extends TortureReport {
  /** Where everything of a broken round still lies; null when nothing was kept. */
  readonly directory: string | null;
}

export interface RunningServer {
  /** Null without the role `web`. */
  readonly url: string | null;
  /** Where metrics alone are told; null where nobody asked for it. */
  readonly metricsUrl: string | null;
  /** Null without the role `worker`. */
  readonly worker: RunningWorker | null;
  /** Where the administrator key was written; only on the first start. */
  readonly adminKeyFile: string | null;
  /** A one-time link that signs a browser in; null when none was made. */
  readonly signInLink: string | null;
  /** Settles when the server has stopped; fails with why a worker alone could not go on. */
  readonly stopped: Promise<void>;
  close(): Promise<void>;
}

/** How far the copying of tables is. */
export interface CopyProgress {
  readonly table: string;
  /** Tables that are copied, of how many. */
  readonly copied: number;
  readonly tables: number;
  /** Of the table that is being copied. */
  readonly rows: number;
}

/** Called often; it must not keep the copying waiting. */
interface CopyWatch {
  readonly progress: (progress: CopyProgress) => void;
}

export interface BackupRequest extends CopyWatch {
  /** A path, or what takes the bytes one after the other. */
  readonly to: string | ((bytes: Uint8Array) => Promise<void>);
  /** Replaces a file that is there. */
  readonly force: boolean;
}

export interface RestoreRequest extends CopyWatch {
  readonly from: AsyncIterable<Uint8Array>;
  /** Into a scratch database beside the stored data, which is not touched. */
  readonly drill: boolean;
  /** No API key of the backup can be used afterwards. */
  readonly revokeKeys: boolean;
}

/** What `app` offers to the command line. */
export interface App {
  /** Whether the environment asks for the stack of an unexpected failure (SCANORAMA_DEBUG). */
  readonly debug?: boolean;
  connect(flags: PlaceFlags, io: AppIo, access: Access): Promise<Connection>;
  serve(flags: ServeFlags, io: AppIo): Promise<RunningServer>;
  /** What the nearest server's machine can do, or this one; starts no database. */
  doctor(flags: PlaceFlags, io: AppIo): Promise<DoctorReport>;
  /** Hurts servers and a database of its own, which nothing outlives but what a broken promise left. */
  torture(input: TortureOptions & TortureProgress, io: AppIo): Promise<TortureOutcome>;
  /** What changed from one report of nmap to a later one; starts no database. */
  compareReports(before: AsyncIterable<Uint8Array>, after: AsyncIterable<Uint8Array>): Promise<ReportDiff>;
  migrate(action: 'up' | 'status', flags: PlaceFlags, io: AppIo): Promise<MigrationStatus>;
  /** What is stored, into one file; settles or fails with nothing half done left behind. */
  backup(request: BackupRequest, flags: PlaceFlags, io: AppIo): Promise<BackupReport>;
  /** A backup into a database that holds no data, and a check of all of it; likewise. */
  restore(request: RestoreRequest, flags: PlaceFlags, io: AppIo): Promise<RestoreReport>;
}
