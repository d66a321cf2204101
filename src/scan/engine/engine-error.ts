import { formatAddress } from '#domain/addresses/address.js';
import { ScanoramaError } from '#domain/errors/error.js';
import type { Protocol } from '#domain/ports/protocol.js';
import type { Probe } from '#domain/scans/plan.js';

const SHORT_OF_FILES = 'Raise the limit of open files (ulimit -n), or ask for fewer probes at once.';
const FORBIDDEN =
  'A firewall or routing rule on this machine forbids it: lift the rule, or exclude the address.';

const HINTS: Readonly<Record<string, string>> = {
  EMFILE: SHORT_OF_FILES,
  ENFILE: SHORT_OF_FILES,
  EADDRNOTAVAIL:
    'This machine has no source port or no source address left for it: ask for fewer probes at once.',
  EPERM: FORBIDDEN,
  EACCES: FORBIDDEN,
};

/** This machine could not send, again and again, which says nothing about the port. */
export function localFailureError(code: string, probe: Probe): ScanoramaError {
  const target = `${formatAddress(probe.address)} port ${probe.port}`;
  return new ScanoramaError('engine_failed', `This machine cannot probe any more: ${code} at ${target}.`, {
    hint: HINTS[code] ?? 'See what this machine lacks, then resume the scan: it goes on where it stopped.',
    facts: { code, address: formatAddress(probe.address), port: probe.port },
  });
}

/** The plan holds a port that the engine cannot ask: it would have to invent the answer. */
export function unaskableError(probe: Probe, protocols: readonly Protocol[]): ScanoramaError {
  const probed = protocols.map((protocol) => protocol.toUpperCase()).join(' and ');
  const name = probe.protocol.toUpperCase();
  return new ScanoramaError(
    'engine_failed',
    `This engine asks ${probed} ports only, and the plan holds ${name} port ${probe.port}.`,
    { hint: `Leave ${name} ports out.`, facts: { protocol: probe.protocol, port: probe.port } },
  );
}
