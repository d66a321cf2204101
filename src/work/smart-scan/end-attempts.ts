import { completenessOf, pointsOf } from '#domain/hosts/completeness.js';
import { PART_OF_STAGE } from '#domain/smart-scan/smart-scan.js';
import type { Executor } from '#store/database/database.js';
import { evidenceOf } from '#store/hosts/completeness.js';
import { isPartial } from '#store/scans/scan-shards.js';
import { endAttempts as markEnded, setPointsAfter } from '#store/smart-scan/attempts.js';

/** Keeps what a scan of smart scan taught of each host. For the transaction that completes it; nothing for any other scan. */
export async function endAttempts(executor: Executor, jobId: number): Promise<void> {
  const ended = await markEnded(executor, jobId, { isComplete: !(await isPartial(executor, jobId)) });
  const [first] = ended;
  if (first === undefined) return;
  const now = first.endedAt;
  const evidence = await evidenceOf(
    executor,
    ended.map(({ hostId }) => hostId),
    now,
  );
  const hosts = ended.flatMap(({ hostId, stage }) => {
    const known = evidence.get(hostId);
    if (known === undefined) return [];
    return [{ id: hostId, points: pointsOf(completenessOf(known, now.getTime()), PART_OF_STAGE[stage]) }];
  });
  await setPointsAfter(executor, jobId, hosts);
}
