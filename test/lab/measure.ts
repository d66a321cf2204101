import { isHostEvidence, PORT_STATES, type PortState } from '#domain/ports/port-state.js';
import { parsePorts } from '#domain/ports/ports.js';
import type { Protocol } from '#domain/ports/protocol.js';
import { type Expectation, expectationOf, type Probing } from './support/expectation.ts';
import type { Report } from './support/observations.ts';
import { mannerOf, type TrueHost } from './support/truth.ts';

/** What was probed: every port of every address. */
export interface Question {
  readonly hosts: readonly TrueHost[];
  /** In the grammar of `scan -p`. */
  readonly ports: string;
}

/** Of one state: how many ports have it, how many were reported with it, and how many of these correctly. */
export interface Tally {
  readonly state: PortState;
  readonly expected: number;
  readonly reported: number;
  readonly right: number;
}

/** Enough to see what is wrong; a broken engine makes one mistake per port. */
export const MISTAKES_SHOWN = 20;

export interface Verdict {
  readonly tallies: readonly Tally[];
  /** What is wrong: states, reasons, ports reported twice or never probed, hosts. Empty is perfect. */
  readonly mistakes: readonly string[];
}

/** UDP ports are always probed by UDP, whichever TCP technique is used. */
function expectationFor(
  host: TrueHost,
  probed: Probing,
  place: { protocol: Protocol; port: number; address: string },
) {
  const probing = place.protocol === 'udp' ? 'udp' : probed;
  const family = place.address.includes(':') ? 6 : 4;
  return expectationOf(mannerOf(host, place.protocol, place.port), probing, family);
}

const keyOf = (address: string, protocol: Protocol, port: number) => `${address} ${port}/${protocol}`;

/** The correct result for each port. */
export function expectationsOf({ hosts, ports }: Question, probing: Probing): Map<string, Expectation> {
  const set = parsePorts(ports);
  const all = Array.from({ length: set.count }, (_, index) => set.nth(index));
  const expectations = new Map<string, Expectation>();
  for (const host of hosts) {
    for (const address of host.addresses) {
      for (const { protocol, port } of all) {
        const expectation = expectationFor(host, probing, { address, protocol, port });
        expectations.set(keyOf(address, protocol, port), expectation);
      }
    }
  }
  return expectations;
}

/** Compares a report with the truth. */
export function judge(question: Question, probing: Probing, report: Report): Verdict {
  const expectations = expectationsOf(question, probing);
  const received = new Map<string, PortState>();
  const mistakes: string[] = [];
  for (const { address, protocol, port, state, reason } of report.observations) {
    const key = keyOf(address, protocol, port);
    const expectation = expectations.get(key);
    if (received.has(key)) mistakes.push(`${key} is reported twice`);
    else if (expectation === undefined) mistakes.push(`${key} is reported and was not probed`);
    else if (!isRight(expectation, state, reason)) {
      mistakes.push(
        `${key} is ${state} (${reason}) and not ${expectation.state} (${expectation.reasons.join()})`,
      );
    }
    received.set(key, state);
  }
  for (const key of expectations.keys()) if (!received.has(key)) mistakes.push(`${key} is not reported`);
  if (report.hostsUp !== undefined) mistakes.push(...hostMistakes(expectations, report.hostsUp));
  return { tallies: talliesOf(expectations, received), mistakes };
}

function isRight({ state, reasons }: Expectation, reportedState: PortState, reportedReason: string): boolean {
  return state === reportedState && reasons.some((reason) => reason === reportedReason);
}

function talliesOf(
  expectations: ReadonlyMap<string, Expectation>,
  received: ReadonlyMap<string, PortState>,
): Tally[] {
  return PORT_STATES.map((state) => {
    const expected = [...expectations].filter(([, expectation]) => expectation.state === state);
    const reported = [...received].filter(([, actual]) => actual === state);
    const right = expected.filter(([key]) => received.get(key) === state);
    return { state, expected: expected.length, reported: reported.length, right: right.length };
  }).filter(({ expected, reported }) => expected + reported > 0);
}

/** A host is up only when one of its ports gave evidence. */
function hostMistakes(
  expectations: ReadonlyMap<string, Expectation>,
  hostsUp: ReadonlySet<string>,
): string[] {
  const trulyUp = new Set(
    [...expectations]
      .filter(([, { reasons }]) => reasons.every(isHostEvidence))
      .map(([key]) => key.slice(0, key.indexOf(' '))),
  );
  return [
    ...[...trulyUp]
      .filter((address) => !hostsUp.has(address))
      .map((address) => `${address} is up, and not reported so`),
    ...[...hostsUp]
      .filter((address) => !trulyUp.has(address))
      .map((address) => `${address} is reported up, and is not`),
  ];
}

export const recallOf = ({ expected, right }: Tally) => (expected === 0 ? 1 : right / expected);
export const precisionOf = ({ reported, right }: Tally) => (reported === 0 ? 1 : right / reported);

/** Several verdicts combined, for figures pooled over runs. */
export function pooled(verdicts: readonly Verdict[]): Verdict {
  const all = verdicts.flatMap(({ tallies }) => tallies);
  const sum = (state: PortState, figure: 'expected' | 'reported' | 'right') =>
    all.filter((tally) => tally.state === state).reduce((total, tally) => total + tally[figure], 0);
  const tallies = PORT_STATES.map((state) => ({
    state,
    expected: sum(state, 'expected'),
    reported: sum(state, 'reported'),
    right: sum(state, 'right'),
  })).filter(({ expected, reported }) => expected + reported > 0);
  return { tallies, mistakes: verdicts.flatMap(({ mistakes }) => mistakes) };
}

/** Rounded down, so that only a full share is 100 %. */
const percent = (share: number) => `${(Math.floor(share * 10_000) / 100).toFixed(2)} %`;

/** The table that compares engines: recall and precision for each state. */
export function verdictTable(title: string, verdicts: ReadonlyMap<string, Verdict>): string {
  const rows = [...verdicts].flatMap(([name, { tallies, mistakes }]) =>
    tallies.map((tally, index) => [
      index === 0 ? name : '',
      tally.state,
      String(tally.expected),
      percent(recallOf(tally)),
      percent(precisionOf(tally)),
      index === 0 ? String(mistakes.length) : '',
    ]),
  );
  const table = [['probed by', 'state', 'true', 'recall', 'precision', 'mistakes'], ...rows];
  const widths =
    table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = table.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '));
  return [title, ...lines.map((line) => `  ${line.trimEnd()}`)].join('\n');
}
