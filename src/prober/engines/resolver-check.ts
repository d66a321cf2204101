import type { CompletedCell } from '#discovery/completed-cell.js';
import { type Address, formatAddress } from '#domain/addresses/address.js';
import { ScanoramaError } from '#domain/errors/error.js';
import { NAMES_LACK, resolverFailureText } from '#domain/scans/warning.js';
import { DNS_PORT } from '#prober/engines/system-probes.js';

/** Addresses whose names are asked for before a resolver that said nothing at all is given up. */
export const UNANSWERED_ADDRESSES_MAX = 1_024;

/**
 * The cells of a run that asks for names alone, held back until the resolver has said anything at all. Throws
 * `resolver_unreachable` where it never does: nobody was asked then, and nothing of those is settled. Nothing is held when
 * the run is stopped, and what was held back is asked again.
 */
export async function* cellsOfAnswering(
  resolver: Address | undefined,
  cells: AsyncIterable<CompletedCell>,
  signal: AbortSignal,
): AsyncGenerator<CompletedCell, undefined> {
  const held: CompletedCell[] = [];
  let unanswered = 0;
  let hasAnswered = false;
  for await (const cell of cells) {
    hasAnswered ||= cell.names.answered > 0;
    unanswered += cell.names.wanted;
    if (hasAnswered) yield* held.splice(0);
    if (hasAnswered || cell.names.wanted === 0) yield cell;
    else held.push(cell);
    if (!hasAnswered && unanswered >= UNANSWERED_ADDRESSES_MAX) break;
  }
  if (held.length > 0 && !signal.aborted) throw noNames(resolver, lackOf(held));
  return undefined;
}

const NO_RESPONSE = `${NAMES_LACK}UNANSWERED`;

/** What the system says of a failure tells more than silence. */
function lackOf(cells: readonly CompletedCell[]): string {
  const codes = cells.flatMap(({ lacks }) => lacks.map(({ code }) => code));
  return codes.find((code) => code.startsWith(NAMES_LACK) && code !== NO_RESPONSE) ?? NO_RESPONSE;
}

/** `lack` is the reason, as remarks have it. */
export function noNames(resolver: Address | undefined, lack: string): ScanoramaError {
  const where = resolver === undefined ? 'the resolver' : `${formatAddress(resolver)} port ${DNS_PORT}`;
  return new ScanoramaError(
    'resolver_unreachable',
    `No name could be resolved: ${lack === NO_RESPONSE ? `no response from ${where}` : resolverFailureText(lack, where)}.`,
    { hint: 'Name a resolver that answers here.' },
  );
}
