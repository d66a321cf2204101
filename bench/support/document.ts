import type { Goal, MeasuredWork, Results, Run } from './work.ts';
import { MIN_ROUNDS, median } from './work.ts';

/** Enough digits to compare, with thousands separators. */
function figure(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const digits = Math.abs(value) >= 100 || Number.isInteger(value) ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

const spread = (lowest: number, highest: number) =>
  lowest === highest ? figure(lowest) : `${figure(lowest)} – ${figure(highest)}`;

const share = (value: number) => `${(value * 100).toLocaleString('en', { maximumFractionDigits: 2 })} %`;

const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');
}

function goalRow({ name, reach, median: middle, lowest, highest, isReached }: Goal): readonly string[] {
  const reached = isReached === null ? '–' : isReached ? 'yes' : '**no**';
  return [name, reach ?? '–', figure(middle), spread(lowest, highest), reached];
}

function runsRow([name, runs]: readonly [string, readonly Run[]]): readonly string[] {
  const values = runs.map(({ value }) => value);
  const recalls = runs.flatMap(({ recall }) => recall ?? []);
  const falseFound = runs.flatMap((run) => run.falseFound ?? []);
  const cutOff = runs.filter(({ isCutOff }) => isCutOff === true).length;
  const recall =
    recalls.length === 0
      ? '–'
      : Math.min(...recalls) === Math.max(...recalls)
        ? share(median(recalls))
        : `${share(median(recalls))} (worst ${share(Math.min(...recalls))})`;
  return [
    cutOff === 0 ? name : `${name} (${cutOff} of ${runs.length} cut off)`,
    figure(median(values)),
    spread(Math.min(...values), Math.max(...values)),
    recall,
    falseFound.length === 0 ? '–' : figure(Math.max(...falseFound)),
  ];
}

/** Further numbers of each run, as medians with their spread. */
function detailLines(runs: Readonly<Record<string, readonly Run[]>>): readonly string[] {
  return Object.entries(runs).flatMap(([name, each]) => {
    const names = [...new Set(each.flatMap(({ details }) => Object.keys(details ?? {})))];
    const texts = names.map((field) => {
      const values = each.flatMap(({ details }) => details?.[field] ?? []);
      const numbers = values.filter((value) => typeof value === 'number');
      return numbers.length === values.length
        ? `${field} ${figure(median(numbers))}${numbers.length > 1 ? ` (${spread(Math.min(...numbers), Math.max(...numbers))})` : ''}`
        : `${field} ${[...new Set(values.map(String))].join(', ')}`;
    });
    return texts.length === 0 ? [] : [`- ${name}: ${texts.join('; ')}`];
  });
}

function circumstancesLine({ circumstances, rounds }: MeasuredWork): string {
  const { machine, node, commit, isChanged, measuredAt } = circumstances;
  const few =
    rounds < MIN_ROUNDS ? ` **Fewer than ${MIN_ROUNDS} rounds: a try-out, no figure to quote.**` : '';
  return `${rounds} ${rounds === 1 ? 'round' : 'rounds'}, ${measuredAt.slice(0, 16).replace('T', ' ')} UTC, commit ${commit}${isChanged ? ' with changes' : ''}, Node.js ${node}, ${machine.cores} cores (${machine.processor}), ${figure(machine.memoryBytes / 2 ** 30)} GiB; load ${machine.load.join(', ')} when it began.${few}`;
}

const list = (lines: readonly string[]) => lines.map((line) => `- ${line}`).join('\n');

function section(work: MeasuredWork): string {
  const absent = Object.entries(work.absent).map(([name, why]) => `${name}: ${why}`);
  const details = detailLines(work.runs);
  return [
    `## ${work.id}: ${work.title}`,
    circumstancesLine(work),
    table(['what', 'goal', 'median', 'lowest – highest', 'reached'], work.goals.map(goalRow)),
    table(
      ['run', `median, ${work.unit}`, 'lowest – highest', 'recall', 'false open, at most'],
      Object.entries(work.runs).map(runsRow),
    ),
    ...(details.length === 0 ? [] : [`Besides, as medians:\n\n${details.join('\n')}`]),
    ...(work.whereTimeGoes === undefined ? [] : [`Where the time goes:\n\n${list(work.whereTimeGoes)}`]),
    `How it was measured:\n\n${list(work.how)}`,
    `What it does not show:\n\n${list(work.unspecified)}`,
    ...(absent.length === 0 ? [] : [`Not in the table:\n\n${list(absent)}`]),
  ].join('\n\n');
}

/** The complete docs/benchmarks.md. */
export function documentOf({ notes, works }: Results): string {
  const inOrder = Object.values(works).toSorted((a, b) => Number(a.id.slice(1)) - Number(b.id.slice(1)));
  return `${[
    '# Benchmarks',
    'Written by `npm run bench` from `bench/results/latest.json`, which holds every single run; not edited by hand.',
    [
      'The contenders of a table ran alternately (A B A B …). A ratio is taken within each round, as a machine is not the same a',
      'minute later; its median and its spread are given. Absolute figures are of the machine that is named, which in a virtual',
      'machine means shared cores: take them for an order of magnitude, and the ratios for what can be compared. A wide spread',
      'means that others used the machine. These are measurements, not tests: no test asserts a speed.',
    ].join('\n'),
    ...(notes.length === 0 ? [] : [list(notes)]),
    ...inOrder.map(section),
  ].join('\n\n')}\n`;
}
