/**
 * The content of an nmap report with the values of nmap: nothing is translated or interpreted. Text is clean (see
 * `cleanText`) and cut to its maximum length. Values that the report does not contain are undefined.
 */
export interface NmapRun {
  /** `nmap`, or another program that writes the same format. */
  readonly scanner: string | undefined;
  readonly version: string | undefined;
  /** The command line as the report repeats it. */
  readonly args: string | undefined;
  /** Milliseconds since 1970-01-01 UTC, as in every `…AtMs`. */
  readonly startedAtMs: number | undefined;
  /** The probed ports, one entry per kind of scan. */
  readonly scans: readonly NmapScanInfo[];
}

export interface NmapScanInfo {
  readonly type: string | undefined;
  readonly protocol: string | undefined;
  /** Port list such as `1-1024,8080`. */
  readonly services: string | undefined;
}

export interface NmapHost {
  readonly state: string | undefined;
  readonly reason: string | undefined;
  readonly startedAtMs: number | undefined;
  readonly endedAtMs: number | undefined;
  /** nmap gave up on it before it was done. */
  readonly timedOut: boolean;
  readonly addresses: readonly NmapAddress[];
  readonly hostnames: readonly NmapHostname[];
  readonly ports: readonly NmapPort[];
  /** Ports that are not listed one by one. */
  readonly extraPorts: readonly NmapExtraPorts[];
  readonly scripts: readonly NmapScript[];
  readonly osMatches: readonly NmapOsMatch[];
  readonly uptimeSeconds: number | undefined;
  readonly distanceHops: number | undefined;
  readonly smoothedRoundTripMicroseconds: number | undefined;
  /** Where the host begins, counted from 1. */
  readonly line: number;
}

export interface NmapAddress {
  readonly address: string;
  /** `ipv4`, `ipv6` or `mac`. */
  readonly type: string;
  readonly vendor: string | undefined;
}

export interface NmapHostname {
  readonly name: string;
  /** `user` (given as a target) or `PTR`. */
  readonly type: string | undefined;
}

export interface NmapPort {
  readonly protocol: string | undefined;
  /** Undefined when it is no port number. */
  readonly port: number | undefined;
  readonly state: string | undefined;
  readonly reason: string | undefined;
  readonly service: NmapService | undefined;
  readonly scripts: readonly NmapScript[];
}

export interface NmapService {
  readonly name: string | undefined;
  readonly product: string | undefined;
  readonly version: string | undefined;
  readonly extraInfo: string | undefined;
  readonly osType: string | undefined;
  readonly deviceType: string | undefined;
  readonly tunnel: string | undefined;
  /** `table`: guessed from the port number alone; `probed`: seen. */
  readonly method: string | undefined;
  /** 0–10. */
  readonly confidence: number | undefined;
  readonly cpe: readonly string[];
}

export interface NmapExtraPorts {
  readonly state: string | undefined;
  readonly count: number | undefined;
  readonly reasons: readonly NmapExtraReason[];
}

export interface NmapExtraReason {
  readonly reason: string | undefined;
  readonly count: number | undefined;
  readonly protocol: string | undefined;
  /** Written only by newer versions. */
  readonly ports: string | undefined;
}

export interface NmapScript {
  readonly id: string;
  readonly output: string;
}

export interface NmapOsMatch {
  /** Undefined for classes that an old version listed without a match. */
  readonly name: string | undefined;
  /** Percent. */
  readonly accuracy: number | undefined;
  readonly classes: readonly NmapOsClass[];
}

export interface NmapOsClass {
  readonly vendor: string | undefined;
  readonly family: string | undefined;
  readonly generation: string | undefined;
  readonly type: string | undefined;
  readonly accuracy: number | undefined;
  readonly cpe: readonly string[];
}

/** Why the rest of a report could not be taken. */
export const REPORT_FAULTS = ['truncated', 'malformed', 'too-large', 'scanner-failed'] as const;
export type ReportFaultReason = (typeof REPORT_FAULTS)[number];

export interface ReportFault {
  readonly reason: ReportFaultReason;
  readonly message: string;
  /** Where reading ended, both counted from 1. */
  readonly line: number;
  readonly column: number;
}

export interface NmapFinished {
  readonly atMs: number | undefined;
  /** `success` or `error`. */
  readonly exit: string | undefined;
  readonly error: string | undefined;
  readonly hostsUp: number | undefined;
  readonly hostsDown: number | undefined;
  readonly hostsTotal: number | undefined;
}
