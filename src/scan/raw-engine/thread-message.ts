import { type ErrorCode, isErrorCode, ScanoramaError } from '#domain/errors/error.js';
import type { PlanOrder } from '#domain/scans/plan.js';
import { NativeCallError } from '#net/native/libc/native-call-error.js';
import type { GateLine, GateState } from '#net/send/gate-replica.js';
import type { RateChange } from '#net/send/rate-controller.js';
import type { TcpProbe } from '#scan/raw-probes/verdict.js';
import type { CompletedChunk } from '#scan/results/completed-chunk.js';

/** What a thread is started with: values that can be copied, and what both sides share. */
export interface ThreadOrder {
  readonly targets: readonly string[];
  readonly ports: string;
  readonly seed: bigint;
  readonly order: PlanOrder | undefined;
  readonly tcpProbe: TcpProbe;
  readonly firstSourcePort: number;
  readonly key: { readonly low: number; readonly high: number };
  readonly retries: number;
  readonly timeoutMs: number;
  readonly maxPieces: number;
  readonly gateState: GateState;
  readonly gateLine: GateLine;
}

export interface Range {
  readonly first: number;
  readonly end: number;
}

export type ToThread =
  | { readonly kind: 'range'; readonly range: Range }
  | { readonly kind: 'fed' }
  /** One more chunk may be sent. */
  | { readonly kind: 'credit' }
  | { readonly kind: 'stop' };

export type FromThread =
  /** It could take up a range. */
  | { readonly kind: 'wanting' }
  | { readonly kind: 'chunk'; readonly chunk: CompletedChunk }
  /** A piece is settled and handed over to its end. */
  | { readonly kind: 'closed'; readonly first: number }
  | { readonly kind: 'done'; readonly rateTrace: readonly RateChange[] }
  | { readonly kind: 'failed'; readonly failure: Failure; readonly rateTrace: readonly RateChange[] };

/** Chunks a thread may send before it hears that one was read. */
export const THREAD_CREDITS = 2;

export type Failure =
  | { readonly type: 'native'; readonly call: string; readonly code: string }
  | {
      readonly type: 'reported';
      readonly code: ErrorCode;
      readonly message: string;
      readonly hint: string | undefined;
      readonly facts: Readonly<Record<string, unknown>> | undefined;
    };

export function failureOf(error: unknown): Failure {
  if (error instanceof NativeCallError) return { type: 'native', call: error.call, code: error.code };
  if (error instanceof ScanoramaError) {
    const { code, message, hint, facts } = error;
    return { type: 'reported', code, message, hint, facts };
  }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { type: 'reported', code: 'internal', message, hint: undefined, facts: undefined };
}

export function errorOf(failure: Failure): Error {
  if (failure.type === 'native') return new NativeCallError(failure.call, failure.code);
  const { code, message, hint, facts } = failure;
  return new ScanoramaError(isErrorCode(code) ? code : 'internal', message, {
    ...(hint === undefined ? {} : { hint }),
    ...(facts === undefined ? {} : { facts }),
  });
}
