import type { DiscoveryRequest } from '#discovery/discovery-request.js';
import type { ProbeQueue } from '#discovery/probe-queue.js';
import type { Address } from '#domain/addresses/address.js';
import { TCP_PING_PORTS } from '#domain/discovery/discovery-method.js';
import type { HostAnswer, HostProbe, HostResult } from '#net/probe/hosts/host-probe.js';
import type { NamesResult, PtrProbe } from '#net/probe/hosts/ptr.js';
import type { TcpPing, TcpPingKind } from '#net/probe/hosts/tcp-ping.js';
import type { ProbeFailure } from '#net/probe/ports/outcome.js';

/** Errors of this machine that pass: the packet is sent again after a while, so many times. */
const PASSING: readonly string[] = ['ENOBUFS', 'EAGAIN', 'ENOMEM', 'EALREADY', 'EINTR', 'EMFILE', 'ENFILE'];
export const MAX_LOCAL_FAILURES = 8;
export const LOCAL_BACKOFF_MS = 50;

/** The gate changed its mind while the question waited for the pace. */
export const EXCLUDED = 'EXCLUDED';
const REFUSED: ProbeFailure = { kind: 'local', code: EXCLUDED };

export interface Probing {
  readonly request: DiscoveryRequest;
  readonly queue: ProbeQueue;
  readonly signal: AbortSignal;
}

/** Hears how many packets left, and takes back those of which it turned out that they did not: then it is below 0. */
export type OnSent = (packets: number) => void;

/** Sends one packet, or one to each of some ports, as soon as the pace allows, and says so of each that leaves. */
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

/** All ports at once; the first answer is the host's. Silence is asked again with an ACK too. */
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

/** Counted from its begin, since others of the same host may answer first; not when this machine could not send it. */
async function counted<T extends object>(
  probed: Promise<T | ProbeFailure | undefined>,
  onSent: OnSent,
): Promise<T | ProbeFailure | undefined> {
  onSent(1);
  const result = await probed;
  if (result !== undefined && 'kind' in result && result.kind === 'local') onSent(-1);
  return result;
}

/** The query goes to the resolver, so that is whom gate and pace are asked for. */
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
  /** With when it came, in milliseconds since 1970-01-01 UTC. */
  readonly answered: { readonly answer: HostAnswer; readonly atMs: number } | undefined;
  /** As often as it was to be, so that no answer means silence. */
  readonly isComplete: boolean;
  /** Packets that left for it. */
  readonly sent: number;
  /** Failures of this machine, by the system's names. */
  readonly failures: readonly string[];
}

/** Asks until there is an answer or silence has been asked again often enough. */
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
      const isHopeless = !PASSING.includes(result.code) || failures.length > MAX_LOCAL_FAILURES;
      if (isHopeless) return { answered: undefined, isComplete: false, sent, failures };
      await sleep(LOCAL_BACKOFF_MS * failures.length);
    }
  }
  return { answered: undefined, isComplete: true, sent, failures };
}

function isProbeFailure(result: HostAnswer | ProbeFailure): result is ProbeFailure {
  return 'kind' in result;
}

/** The first answer; without one a failure if there was any, as then not all was asked; else silence. */
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
