import { recordBatch } from '#work/batches/record-batch.js';
import type { WorkContext } from '#work/context/context.js';
import { finishScan } from '#work/scans/end-scan.js';
import { claimedScan } from './claimed-scan.ts';

export interface Reported {
  readonly address: string;
  /** Whether its only port, 7, is open; a closed one also shows that the host is there. */
  readonly state: 'open' | 'closed';
  readonly at: Date;
}

/** Stores a complete scan of one address and one port, with this observation, and returns its uid. */
export async function recordScan(context: WorkContext, { address, state, at }: Reported): Promise<string> {
  const place = await claimedScan(context, address, '7');
  const reason = state === 'open' ? 'syn-ack' : 'conn-refused';
  const seen = { address, reason, position: 0, observedAt: at } as const;
  await recordBatch(
    context,
    { ...place, blockStartedAt: at },
    {
      first: 0,
      end: 1,
      probesSent: 1,
      probesAnswered: 1,
      skipped: 0,
      observedFrom: at,
      observedTo: at,
      listed:
        state === 'open' ? [{ ...seen, protocol: 'tcp', port: 7, state, roundTripMicroseconds: null }] : [],
      covered: state === 'closed' ? [{ address, protocol: 'tcp', state, reason, ports: '{[7,8)}' }] : [],
      coveredPorts: state === 'closed' ? 1 : 0,
      evidence: [{ ...seen, firstSeen: at }],
    },
  );
  await finishScan(context, place.job.uid);
  return place.job.uid;
}
