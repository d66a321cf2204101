import { FOREVER, type RetentionKind } from '#domain/settings/retention.js';
import { type SettingName, settingFacts } from '#domain/settings/setting.js';
import type { Executor } from '#store/database/database.js';
import { inSnapshot } from '#store/database/snapshot.js';
import { countOldCoverage, countOldEvents, countSupersededHistory } from '#store/retention/prune.js';
import { listHorizons, startOfSpan } from '#store/retention/retention-horizon.js';
import { countPartition, partitionsBefore, RETIRE_TIMEOUT_MS } from '#store/retention/retire-partitions.js';
import type { WorkContext } from '#work/context/context.js';
import { readSettings } from '#work/settings/settings.js';

/** What one setting would remove if it were applied now. */
export interface RetentionPreview {
  readonly name: SettingName;
  readonly value: string;
  /** Nothing stored from then on is missing; null while nothing was ever removed. */
  readonly horizon: Date | null;
  /** What is older would go; null when it is kept for ever. */
  readonly removesBefore: Date | null;
  readonly rows: number;
  /** The months of raw rows that would be retired whole, `2026-01`. */
  readonly months: readonly string[];
}

const COUNTERS: Readonly<
  Record<Exclude<RetentionKind, 'port_scans'>, (executor: Executor, horizon: Date) => Promise<number>>
> = { coverage: countOldCoverage, history: countSupersededHistory, events: countOldEvents };

/** Says what retention would remove now, and removes nothing. An abort ends it, in the database too, with its reason. */
export async function previewRetention(
  context: WorkContext,
  signal: AbortSignal,
): Promise<readonly RetentionPreview[]> {
  try {
    return await inSnapshot(context.store.read, preview, { statementTimeoutMs: RETIRE_TIMEOUT_MS, signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}

async function preview(snapshot: Executor): Promise<readonly RetentionPreview[]> {
  const horizons = new Map((await listHorizons(snapshot)).map(({ kind, horizon }) => [kind, horizon]));
  const previews: RetentionPreview[] = [];
  for (const { name, value } of await readSettings(snapshot)) {
    const kind = settingFacts(name).keeps;
    if (kind === undefined) continue;
    const removesBefore = value === FOREVER ? null : await startOfSpan(snapshot, value);
    const goes = await whatGoes(snapshot, kind, removesBefore);
    previews.push({ name, value, horizon: horizons.get(kind) ?? null, removesBefore, ...goes });
  }
  return previews;
}

async function whatGoes(
  executor: Executor,
  kind: RetentionKind,
  before: Date | null,
): Promise<Pick<RetentionPreview, 'rows' | 'months'>> {
  if (before === null) return { rows: 0, months: [] };
  if (kind !== 'port_scans') return { rows: await COUNTERS[kind](executor, before), months: [] };
  const partitions = await partitionsBefore(executor, before);
  let rows = 0;
  for (const partition of partitions) rows += await countPartition(executor, partition);
  return { rows, months: partitions.map(({ month }) => month.slice(0, 'YYYY-MM'.length)) };
}
