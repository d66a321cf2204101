import { Kysely, PostgresDialect } from 'kysely';
import { Pool } from 'pg';
import { z } from 'zod';
import { clientConfig, type DatabaseAddress, type Executor } from '#store/database/database.js';

/** A node of a plan, as EXPLAIN (FORMAT JSON) writes it. */
export interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string | undefined;
  readonly 'Index Name'?: string | undefined;
  readonly 'Actual Rows'?: number | undefined;
  readonly 'Actual Loops'?: number | undefined;
  readonly 'Shared Hit Blocks'?: number | undefined;
  readonly 'Shared Read Blocks'?: number | undefined;
  readonly Plans?: readonly PlanNode[] | undefined;
}
const node: z.ZodType<PlanNode> = z.object({
  'Node Type': z.string(),
  'Relation Name': z.string().optional(),
  'Index Name': z.string().optional(),
  'Actual Rows': z.number().optional(),
  'Actual Loops': z.number().optional(),
  'Shared Hit Blocks': z.number().optional(),
  'Shared Read Blocks': z.number().optional(),
  get Plans() {
    return z.array(node).optional();
  },
});
const explanation = z.tuple([z.object({ Plan: node, 'Execution Time': z.number() })]);

export interface Explained {
  readonly text: string;
  readonly plan: PlanNode;
  readonly executionMs: number;
}

interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** How often each statement runs before it is measured, so that its data is in memory, as in use. */
const WARM_UPS = 1;

/** Runs it once to record its statements, then each of them under EXPLAIN, in a transaction that is rolled back. */
export async function explain(
  address: DatabaseAddress,
  run: (executor: Executor) => Promise<unknown>,
): Promise<readonly Explained[]> {
  const statements: Statement[] = [];
  const pool = new Pool({ ...clientConfig(address, 'scanorama plans'), statement_timeout: 0, max: 1 });
  const executor: Executor = new Kysely<Record<string, never>>({
    dialect: new PostgresDialect({ pool }),
    log: ({ level, query }) => {
      if (level === 'query') statements.push({ text: query.sql, values: query.parameters });
    },
  });
  try {
    await run(executor);
    const measured = statements.filter(({ text }) => /^\s*(WITH|SELECT|INSERT|UPDATE|DELETE)\b/.test(text));
    const explained: Explained[] = [];
    for (const statement of measured) explained.push(await explainOne(pool, statement));
    return explained;
  } finally {
    await executor.destroy();
  }
}

async function explainOne(pool: Pool, { text, values }: Statement): Promise<Explained> {
  const client = await pool.connect();
  try {
    let rows: unknown[] = [];
    for (let time = 0; time <= WARM_UPS; time += 1) {
      await client.query('BEGIN');
      ({ rows } = await client.query(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${text}`, [...values]));
      await client.query('ROLLBACK');
    }
    const result = z.tuple([z.object({ 'QUERY PLAN': explanation })]).parse(rows);
    const [{ Plan: plan, 'Execution Time': executionMs }] = result[0]['QUERY PLAN'];
    return { text, plan, executionMs };
  } finally {
    client.release();
  }
}

export function nodesOf(plan: PlanNode): readonly PlanNode[] {
  return [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];
}

/** Large tables that one of the statements reads from end to end. */
export function sequentialReads(
  statements: readonly Explained[],
  largeTables: ReadonlySet<string>,
): readonly string[] {
  const read = statements.flatMap(({ plan }) =>
    nodesOf(plan).flatMap((each) => {
      const table = each['Relation Name'];
      return each['Node Type'] === 'Seq Scan' && table !== undefined ? [table] : [];
    }),
  );
  return [...new Set(read.filter((table) => largeTables.has(table)))];
}
