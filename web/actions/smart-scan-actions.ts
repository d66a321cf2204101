import type { SmartScanOutcomeView, TriggerBatchRequest, TriggerRequest } from '#contract/smart-scan.js';
import { keys } from '../api/queries.ts';
import { PlayIcon } from '../components/icons.tsx';
import { countOf } from '../format/number.ts';
import type { Action, ActionWorld } from './action.ts';

async function refresh({ queries }: ActionWorld): Promise<void> {
  await Promise.all(
    [keys.smartScan, keys.scanLists, keys.hosts].map((queryKey) => queries.invalidateQueries({ queryKey })),
  );
}

/** Tells what was started; taking it back stops those scans. */
async function tellStarted(world: ActionWorld, { scans }: SmartScanOutcomeView): Promise<void> {
  void refresh(world);
  const hosts = scans.reduce((sum, scan) => sum + scan.hosts, 0);
  world.sayWithUndo(`${countOf(scans.length, 'scan')} of ${countOf(hosts, 'host')} started.`, async () => {
    for (const { scan_id: id } of scans) if (id !== null) await world.client.stopScan(id);
    await refresh(world);
  });
}

export const startSmartScans: Action<TriggerBatchRequest> = {
  label: 'Scan them',
  icon: PlayIcon,
  available: () => true,
  async perform(world, request) {
    const outcome = await world.client.triggerSmartScans(request);
    if (outcome.scans.length > 0) await tellStarted(world, outcome);
    else world.say('Nothing is due any more.');
  },
};

export interface HostTrigger {
  readonly id: string;
  readonly request: TriggerRequest;
}

export const startNextStage: Action<
  HostTrigger & { readonly confirm_large?: boolean; readonly confirm_unscoped?: boolean }
> = {
  label: 'Find out',
  icon: PlayIcon,
  available: ({ request }) => request.stage !== undefined,
  async perform(world, { id, request, ...confirmed }) {
    const outcome = await world.client.triggerSmartScan(id, { ...request, ...confirmed });
    if (outcome.scans.length > 0) await tellStarted(world, outcome);
    else world.say(outcome.reason);
  },
};
