import type { DiscoveryRequest } from '#discovery/discovery-request.js';
import type { ProbeQueue } from '#discovery/probe-queue.js';
import type { Address } from '#domain/addresses/address.js';
import { TCP_PING_PORTS } from '#domain/discovery/discovery-method.js';
import type { HostAnswer, HostProbe, HostResult } from '#net/probe/hosts/host-probe.js';
import type { NamesResult, PtrProbe } from '#net/probe/hosts/ptr.js';
import type { TcpPing, TcpPingKind } from '#net/probe/hosts/tcp-ping.js';
import type { ProbeFailure } from '#net/probe/ports/outcome.js';

/** Temporary errors of this machine: the packet is sent again after a delay, at most `MAX_LOCAL_FAILURES` times. */
const TEMPORARY: readonly string[] = ['ENOBUFS', 'EAGAIN', 'ENOMEM', 'EALREADY', 'EINTR', 'EMFILE', 'ENFILE'];
export const MAX_LOCAL_FAILURES = 8;
export const LOCAL_BACKOFF_MS = 50;

/** The address was excluded while the probe waited for the pace. */
export const EXCLUDED = 'EXCLUDED';
const REFUSED: ProbeFailure = { kind: 'local', code: EXCLUDED };

export interface Probing {
  readonly request: DiscoveryRequest;
  readonly queue: ProbeQueue;
  readonly signal: AbortSignal;
}

/** Called with the number of packets sent; negative for packets that turned out not to have been sent. */
export type OnSent = (packets: number) => void;

/** Sends one packet, or one to each of some ports, as soon as the pace allows, and reports each by `onSent`. */
export type Probe = (address: Address, attempt: number, onSent: OnSent) => Promise<HostResult>;

export function hostProbe(probe: HostProbe, { request, queue, signal }: Probing): Probe {
  const options = { timeoutMs: request.timeoutMs, signal };
  return (address, _attempt, onSent) =>
    queue.probe<HostResult>(address, () => {
      const permit = request.gate.permitHost(address);
      if (permit === undefined) return Promise.resolve(REFUSED);
      return counted(probe.probe(permit, options), onSent);
    });
}

/** Probes all ports at once; the first response counts for the host. A retry adds an ACK. */
export function portProbe(ping: TcpPing, { request, queue, signal }: Probing): Probe {
  const ports = request.tcpPorts ?? TCP_PING_PORTS;
  const options = { timeoutMs: request.timeoutMs, signal };
  const probePort = (address: Address, port: number, kind: TcpPingKind, onSent: OnSent) =>
    queue.probe<HostResult>(address, () => {
      const permit = request.gate.permit({ address, protocol: 'tcp', port });
      if (permit === undefined) return Promise.resolve(REFUSED);
      return counted(ping.probe(permit, kind, options), onSent);
    });
  return (address, attempt, onSent) =>
    firstAnswer(
      ping.kinds
        .slice(0, attempt + 1)
        .flatMap((kind) =>
          (kind === 'syn' ? ports : ports.slice(0, 1)).map((port) => probePort(address, port, kind, onSent)),
        ),
    );
}

/**
 * Counts a packet when it starts, since another port of the host may respond first, and takes it back if it could not
 * be sent.
 */
async function counted<T extends object>(
  probed: Promise<T | ProbeFailure | undefined>,
  onSent: OnSent,
): Promise<T | ProbeFailure | undefined> {
  onSent(1);
  const result = await probed;
  if (result !== undefined && 'kind' in result && result.kind === 'local') onSent(-1);
  return result;
}

/** The query goes to the resolver, so gate and pace apply to the resolver's address. */
export function queryNames(
  probe: PtrProbe,
  address: Address,
  { request, queue, signal, onSent }: Probing & { readonly onSent: OnSent },
): Promise<NamesResult> {
  const to = probe.resolver.address;
  return queue.probe<NamesResult>(to, () => {
    const permit = request.gate.permitHost(to);
    const options = { timeoutMs: request.timeoutMs, signal };
    return permit === undefined
      ? Promise.resolve(REFUSED)
      : counted(probe.probe(permit, address, options), onSent);
  });
}

export interface Probed {
  /** The response, and when it came in milliseconds since 1970-01-01 UTC. */
  readonly answered: { readonly answer: HostAnswer; readonly atMs: number } | undefined;
  /** Every attempt was made, so that no response means unresponsive. */
  readonly isComplete: boolean;
  /** Packets sent for it. */
  readonly sent: number;
  /** Failures of this machine, by error code. */
  readonly failures: readonly string[];
}

/** Probes until there is a response or the retries are used up. Temporary local failures do not count as attempts. */
export async function probeUntilAnswered(
  sendProbe: Probe,
  address: Address,
  probing: Probing,
): Promise<Probed> {
  const { retries, clock } = probing.request;
  const failures: string[] = [];
  let sent = 0;
  const onSent = (packets: number): void => {
    sent += packets;
  };
  for (let attempt = 0; attempt <= retries; ) {
    const result = await sendProbe(address, attempt, onSent);
    if (probing.signal.aborted) return { answered: undefined, isComplete: false, sent, failures };
    if (result === undefined) attempt += 1;
    else if (!isProbeFailure(result)) {
      return { answered: { answer: result, atMs: clock.now() }, isComplete: true, sent, failures };
    } else {
      failures.push(result.code);
      const isPermanent = !TEMPORARY.includes(result.code) || failures.length > MAX_LOCAL_FAILURES;
      if (isPermanent) return { answered: undefined, isComplete: false, sent, failures };
      await sleep(LOCAL_BACKOFF_MS * failures.length);
    }
  }
  return { answered: undefined, isComplete: true, sent, failures };
}

function isProbeFailure(result: HostAnswer | ProbeFailure): result is ProbeFailure {
  return 'kind' in result;
}

/** The first response; without one, a failure if there was any, as then not every port was probed; else `undefined`. */
function firstAnswer(probes: readonly Promise<HostResult>[]): Promise<HostResult> {
  const { promise, resolve, reject } = Promise.withResolvers<HostResult>();
  const answered = probes.map(async (sendProbe) => {
    const result = await sendProbe;
    if (result !== undefined && !isProbeFailure(result)) resolve(result);
    return result;
  });
  Promise.all(answered).then((results) => resolve(results.find((result) => result !== undefined)), reject);
  return promise;
}

function sleep(delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, delayMs);
  });
}
