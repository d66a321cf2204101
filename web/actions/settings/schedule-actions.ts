import type { Schedule, ScheduleChange, ScheduleRequest } from '#contract/schedules/schedule.js';
import { keys } from '../../api/queries.ts';
import { PlayIcon, StopIcon, TrashIcon } from '../../components/feedback/icons.tsx';
import { formatCount } from '../../format/number.ts';
import type { Action, ActionContext } from '../actions/action.ts';
import { type Confirmations, confirmed } from '../actions/start-confirmed.ts';

async function refresh({ queries }: ActionContext): Promise<void> {
  await Promise.all([
    queries.invalidateQueries({ queryKey: keys.scheduleLists }),
    queries.invalidateQueries({ queryKey: keys.scheduleRuns }),
  ]);
}

/** What is stored: a new schedule, or a change of one. */
export type ScheduleSaving =
  | { readonly request: ScheduleRequest }
  | { readonly id: string; readonly change: ScheduleChange };

const TEXTS = {
  large: 'Store these large runs?',
  unscoped: 'Store it without a scope?',
  confirmLabel: 'Store it',
  note: 'Make sure that these addresses are yours to ask, each time it is due.',
};

export const saveSchedule: Action<ScheduleSaving> = {
  label: 'Save schedule',
  icon: PlayIcon,
  available: () => true,
  async perform(context, saving) {
    const isNew = 'request' in saving;
    const { name } = await confirmed(context, TEXTS, (given) =>
      isNew
        ? context.client.createSchedule(confirmedRequest(saving.request, given))
        : context.client.changeSchedule(saving.id, confirmedChange(saving.change, given)),
    );
    await refresh(context);
    context.toast(isNew ? `The schedule ${name} is stored.` : `The schedule ${name} is changed, at once.`);
  },
};

function confirmedRequest(request: ScheduleRequest, given: Confirmations): ScheduleRequest {
  if (request.kind === 'scan') return { ...request, task: { ...request.task, ...given } };
  if (request.kind === 'discovery') return { ...request, task: { ...request.task, ...given } };
  return request;
}

function confirmedChange(change: ScheduleChange, given: Confirmations): ScheduleChange {
  return {
    ...change,
    ...(change.scan === undefined ? {} : { scan: { ...change.scan, ...given } }),
    ...(change.discovery === undefined ? {} : { discovery: { ...change.discovery, ...given } }),
  };
}

export const pauseSchedule: Action<Schedule> = {
  label: 'Pause',
  icon: StopIcon,
  available: ({ enabled }) => enabled,
  async perform(context, { id, name }) {
    await context.client.disableSchedule(id);
    await refresh(context);
    context.toast(`The schedule ${name} is paused; what runs goes on.`);
  },
};

export const resumeSchedule: Action<Schedule> = {
  label: 'Resume',
  icon: PlayIcon,
  available: ({ enabled }) => !enabled,
  async perform(context, { id, name }) {
    await context.client.enableSchedule(id);
    await refresh(context);
    context.toast(`The schedule ${name} goes on.`);
  },
};

export const runScheduleNow: Action<Schedule> = {
  label: 'Run now',
  icon: PlayIcon,
  available: () => true,
  async perform(context, { id, name }) {
    await context.client.runSchedule(id);
    await refresh(context);
    context.toast(`A run of ${name} is asked for.`);
  },
};

export const removeSchedule: Action<Schedule> = {
  label: 'Remove',
  icon: TrashIcon,
  tone: 'danger',
  available: () => true,
  async question({ client }, { id, name }) {
    const { pagination } = await client.scheduleRuns(id, { page_size: 1 });
    const runs = pagination.total_items;
    return {
      title: `Remove the schedule ${name}?`,
      confirmLabel: 'Remove',
      isDanger: true,
      sentences: [
        runs === 0
          ? 'It was not due yet.'
          : `What became of ${runs === 1 ? 'the one time' : `the ${formatCount(runs)} times`} it was due goes with it.`,
        'Its scans and what they found stay, and what runs now goes on.',
      ],
    };
  },
  async perform(context, { id, name }) {
    await context.client.removeSchedule(id);
    await refresh(context);
    context.toast(`The schedule ${name} is removed; its scans stay.`);
  },
};
