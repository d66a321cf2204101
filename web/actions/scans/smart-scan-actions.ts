import type {
  SmartScanOutcomeView,
  TriggerBatchRequest,
  TriggerRequest,
} from '#contract/schedules/smart-scan.js';
import { hasCode } from '../../api/failure.ts';
import { keys } from '../../api/queries.ts';
import { PlayIcon } from '../../components/feedback/icons.tsx';
import { countOf } from '../../format/number.ts';
import type { Action, ActionContext } from '../actions/action.ts';
import { confirmed } from '../actions/start-confirmed.ts';

async function refresh({ queries }: ActionContext): Promise<void> {
  await Promise.all(
    [keys.smartScan, keys.scanLists, keys.hosts].map((queryKey) => queries.invalidateQueries({ queryKey })),
  );
}

/** Tells what was started; taking it back stops those scans. */
async function toastStarted(context: ActionContext, { scans }: SmartScanOutcomeView): Promise<void> {
  void refresh(context);
  const hosts = scans.reduce((sum, scan) => sum + scan.hosts, 0);
  context.toastWithUndo(
    `${countOf(scans.length, 'scan')} of ${countOf(hosts, 'host')} started.`,
    async () => {
      const over = await stopAll(context, scans);
      await refresh(context);
      if (over > 0) context.toast(`${countOf(over, 'scan')} had ended by then; what was found stays.`);
    },
  );
}

/** Gives how many had ended by themselves, which keeps none of the others from being stopped. */
async function stopAll({ client }: ActionContext, scans: SmartScanOutcomeView['scans']): Promise<number> {
  let over = 0;
  for (const { scan_id: id } of scans) {
    if (id === null) continue;
    try {
      await client.stopScan(id);
    } catch (error) {
      if (!hasCode(error, 'invalid_transition')) throw error;
      over += 1;
    }
  }
  return over;
}

const UNDER_WAY = 'You can stop it at any time; what it found is kept.';

interface SuggestedScans {
  readonly request: TriggerBatchRequest;
  /** What it is about, and whom it asks. */
  readonly title: string;
  readonly scans: string;
}

/** Asked in any case: it sends packets to many. */
export const startSmartScans: Action<SuggestedScans> = {
  label: 'Scan them',
  icon: PlayIcon,
  available: () => true,
  question: async (_world, { title, scans }) => ({
    title: `${title}?`,
    confirmLabel: 'Start',
    sentences: [`This scans ${scans}.`, UNDER_WAY],
  }),
  async perform(context, { request, title }) {
    const texts = { large: `${title}?`, ...TEXTS };
    const outcome = await confirmed(context, texts, (given) =>
      context.client.triggerSmartScans({ ...request, confirm_large: true, ...given }),
    );
    if (outcome.scans.length > 0) await toastStarted(context, outcome);
    else context.toast('Nothing is due any more.');
  },
};

const TEXTS = { unscoped: 'Scan without a scope?', confirmLabel: 'Start', note: UNDER_WAY };

interface HostTrigger {
  readonly id: string;
  readonly request: TriggerRequest;
}

export const startNextStage: Action<HostTrigger> = {
  label: 'Find out',
  icon: PlayIcon,
  available: ({ request }) => request.stage !== undefined,
  async perform(context, { id, request }) {
    const texts = { large: 'Scan this host?', ...TEXTS };
    const outcome = await confirmed(context, texts, (given) =>
      context.client.triggerSmartScan(id, { ...request, ...given }),
    );
    if (outcome.scans.length > 0) await toastStarted(context, outcome);
    else context.toast(outcome.reason);
  },
};
