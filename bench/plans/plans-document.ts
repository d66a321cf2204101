import type { Samples } from './plans-data.ts';
import { type Explained, nodesOf, type PlanNode } from './plans-explain.ts';
import type { MainQuery } from './plans-queries.ts';

interface ExplainedQuery {
  readonly query: MainQuery;
  readonly statements: readonly Explained[];
}

const MONTH = /_\d{4}_\d{2}/g;
const COUNT = new Intl.NumberFormat('en');
/** Lines of one plan; the rest is repetition. */
const MAX_PLAN_LINES = 24;

/** One name for all partitions. */
const general = (name: string) => name.replace(MONTH, '_YYYY_MM');

function indexesOf({ plan }: Explained): string {
  const names = nodesOf(plan).flatMap((node) => node['Index Name'] ?? []);
  return [...new Set(names.map(general))].map((name) => `\`${name}\``).join(', ') || 'none needed';
}

function pagesOf(plan: PlanNode): number {
  return (plan['Shared Hit Blocks'] ?? 0) + (plan['Shared Read Blocks'] ?? 0);
}

function lineOf(node: PlanNode, depth: number): string {
  const index = node['Index Name'];
  const table = node['Relation Name'];
  const on = table === undefined ? '' : ` on ${general(table)}`;
  const using = index === undefined ? '' : ` using ${general(index)}`;
  const loops = node['Actual Loops'] ?? 0;
  const rows = loops === 0 ? 'never run' : `rows ${COUNT.format(Math.round(node['Actual Rows'] ?? 0))}`;
  const times = loops > 1 ? ` × ${COUNT.format(loops)}` : '';
  return `${'  '.repeat(depth)}${node['Node Type']}${using}${on}  (${rows}${times})`;
}

function isPartition(node: PlanNode): boolean {
  const table = node['Relation Name'];
  return table !== undefined && general(table).startsWith('port_scans_');
}

/** Indented lines; of the partitions of a table the one with the most rows, and the number of the others. */
function planLines(node: PlanNode, depth = 0): readonly string[] {
  const parts = node.Plans ?? [];
  const partitions = parts.filter(isPartition);
  const fullest = partitions.toSorted((one, other) => rowsOf(other) - rowsOf(one))[0];
  const more = partitions.length - 1;
  return [
    lineOf(node, depth),
    ...parts
      .filter((part) => !isPartition(part) || part === fullest)
      .flatMap((part) => planLines(part, depth + 1)),
    ...(more > 0 ? [`${'  '.repeat(depth + 1)}… and ${more} partitions more`] : []),
  ];
}

function rowsOf(node: PlanNode): number {
  return (node['Actual Rows'] ?? 0) * (node['Actual Loops'] ?? 0);
}

function section({ query, statements }: ExplainedQuery): string {
  const rows = statements.map(
    (statement, index) =>
      `| ${index + 1} | ${indexesOf(statement)} | ${statement.executionMs.toFixed(2)} ms | ${COUNT.format(
        statement.plan['Actual Rows'] ?? 0,
      )} | ${COUNT.format(pagesOf(statement.plan))} |`,
  );
  const plans = statements.map((statement, index) => {
    const lines = planLines(statement.plan);
    const cut = lines.length > MAX_PLAN_LINES ? [...lines.slice(0, MAX_PLAN_LINES), '…'] : lines;
    return `${index + 1}\n${cut.map((line) => `  ${line}`).join('\n')}`;
  });
  return [
    `## ${query.name}`,
    `Run by ${query.probed}.`,
    `| statement | indexes | time | rows | pages |\n| --- | --- | --- | --- | --- |\n${rows.join('\n')}`,
    `\`\`\`text\n${plans.join('\n')}\n\`\`\``,
  ].join('\n\n');
}

function totals({ rows }: Samples): string {
  const sums = new Map<string, number>();
  for (const [name, count] of rows) {
    const table = name.startsWith('port_scans') ? 'port_scans' : name;
    sums.set(table, (sums.get(table) ?? 0) + Math.max(0, count));
  }
  return [...sums]
    .filter(([, count]) => count > 0)
    .toSorted(([, one], [, other]) => other - one)
    .map(([name, count]) => `${name} ${COUNT.format(count)}`)
    .join(', ');
}

/** The document that contains the plans. */
export function plansDocument(explained: readonly ExplainedQuery[], samples: Samples): string {
  return `${[
    '# Query plans',
    'Made by `npm run explain`, not edited by hand. Each query is run as the product builds it, from the function that the page, the API or a worker calls; its statements are caught on their way and run again under `EXPLAIN (ANALYZE, BUFFERS)`, the second time counting. The command fails when one of them reads a large table from end to end.',
    `Rows (as counted by ANALYZE): ${totals(samples)}.`,
    `${samples.server.split(' on ')[0] ?? ''}, with the settings of the embedded server. Times are of one machine of two cores and show an order of magnitude only.`,
    ...explained.map(section),
  ].join('\n\n')}\n`;
}
