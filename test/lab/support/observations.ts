import { SaxesParser } from 'saxes';
import { z } from 'zod';
import { formatAddress } from '#domain/addresses/address.js';
import { PORT_STATES, type PortState } from '#domain/ports/port-state.js';
import { parsePorts } from '#domain/ports/ports.js';
import { PROTOCOLS, type Protocol } from '#domain/ports/protocol.js';
import type { Plan } from '#domain/scans/plan.js';
import { isSeen } from '#scan/results/completed.js';
import { type CompletedChunk, completedOf } from '#scan/results/completed-chunk.js';

/** What a report states of one port. */
export interface Observation {
  readonly address: string;
  readonly protocol: Protocol;
  readonly port: number;
  readonly state: PortState;
  /** In the project's terms where there is one for it, else as the report spells it. */
  readonly reason: string;
}

/** The result of a scan, read from any kind of report. */
export interface Report {
  readonly observations: readonly Observation[];
  /** Addresses reported as up; undefined where a report does not cover hosts. */
  readonly hostsUp: ReadonlySet<string> | undefined;
}

const state = z.enum(PORT_STATES);
const protocol = z.enum(PROTOCOLS);

/** The members of `scan --json --all-states` that the lab reads. */
export const scanDocument = z.object({
  id: z.string(),
  status: z.string(),
  partial: z.boolean(),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  engine: z.string(),
  probes: z.object({ sent: z.number(), answered: z.number() }),
  hosts_up: z.number(),
  progress: z.object({ positions: z.number(), completed: z.number(), skipped: z.number() }),
  warnings: z.array(z.object({ kind: z.string(), subject: z.string(), message: z.string() })),
  hosts: z.array(
    z.object({
      ip: z.string(),
      status: z.string(),
      reason: z.string().nullable(),
      ports: z.array(z.object({ port: z.number(), protocol, state, reason: z.string() })),
      other_ports: z.array(z.object({ protocol, state, reason: z.string(), ports: z.string() })),
    }),
  ),
});
export type ScanDocument = z.infer<typeof scanDocument>;

export function readScan({ hosts }: ScanDocument): Report {
  const observations = hosts.flatMap(({ ip: address, ports, other_ports: others }) => [
    ...ports.map((port) => ({ address, ...port })),
    ...others.flatMap((other) => portsOf(other.ports).map((port) => ({ ...other, address, port }))),
  ]);
  const up = hosts.filter(({ status }) => status === 'up').map(({ ip }) => ip);
  return { observations, hostsUp: new Set(up) };
}

/** Numbers of a list such as `1-21,23`, which contains no protocol. */
function portsOf(list: string): number[] {
  const ports = parsePorts(list.replace(/^[TU]:/i, ''));
  return Array.from({ length: ports.count }, (_, index) => ports.nth(index).port);
}

/** What an engine yields; positions that the gate refused are omitted. */
export function readChunks(chunks: readonly CompletedChunk[], plan: Plan): Report {
  const observations = chunks.flatMap((chunk) =>
    completedOf(chunk, plan).flatMap(({ probe, outcome }) =>
      isSeen(outcome) ? [{ ...probe, ...outcome, address: formatAddress(probe.address) }] : [],
    ),
  );
  return { observations, hostsUp: undefined };
}

/** Terms of nmap for which the project uses another. */
const NMAP_REASONS: Readonly<Record<string, string>> = {
  reset: 'rst',
  resets: 'rst',
  'no-responses': 'no-response',
  'net-prohibited': 'admin-prohibited',
  'host-prohibited': 'admin-prohibited',
  'no-route': 'net-unreach',
  'addr-unreach': 'host-unreach',
  'policy-fail': 'admin-prohibited',
  'reject-route': 'admin-prohibited',
};

/** The output of `nmap -oX`. Written independently of the product's reader, so that both can be compared. */
export function readNmap(xml: string): Report {
  const observations: Observation[] = [];
  const at = { address: '', protocol: 'tcp', port: '', extra: '' };
  const add = (port: number, text: { state: string; reason: string; protocol: string }) =>
    observations.push({
      address: at.address,
      port,
      protocol: protocol.parse(text.protocol),
      state: state.parse(text.state),
      reason: NMAP_REASONS[text.reason] ?? text.reason,
    });
  const parser = new SaxesParser();
  parser.on('opentag', ({ name, attributes }) => {
    const of = (attribute: string) => attributes[attribute] ?? '';
    if (name === 'address' && of('addrtype') !== 'mac') at.address = of('addr');
    if (name === 'port') Object.assign(at, { port: of('portid'), protocol: of('protocol') });
    if (name === 'state') add(Number(at.port), { ...at, state: of('state'), reason: of('reason') });
    if (name === 'extraports') at.extra = of('state');
    if (name === 'extrareasons') {
      const text = { state: at.extra, reason: of('reason'), protocol: of('proto') };
      for (const port of portsOf(of('ports'))) add(port, text);
    }
  });
  parser.write(xml).close();
  return { observations, hostsUp: undefined };
}
