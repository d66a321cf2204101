import type { Schedule, ScheduleChange, ScheduleRequest } from '#contract/schedule.js';
import { keys } from '../api/queries.ts';
import { PlayIcon, StopIcon, TrashIcon } from '../components/icons.tsx';
import type { Action, ActionWorld } from './action.ts';

async function refresh({ queries }: ActionWorld): Promise<void> {
  await Promise.all([
    queries.invalidateQueries({ queryKey: keys.scheduleLists }),
    queries.invalidateQueries({ queryKey: keys.scheduleRuns }),
  ]);
}

interface ScheduleSaving {
  readonly saving:
    | { readonly request: ScheduleRequest }
    | { readonly id: string; readonly change: ScheduleChange };
  /** What somebody said yes to when it was asked. */
  readonly confirm_large?: boolean;
  readonly confirm_unscoped?: boolean;
}

export const saveSchedule: Action<ScheduleSaving> = {
  label: 'Save schedule',
  icon: PlayIcon,
  available: () => true,
  async perform(world, { saving, ...confirmed }) {
    const isNew = 'request' in saving;
    const { name } = isNew
      ? await world.client.createSchedule(confirmedRequest(saving.request, confirmed))
      : await world.client.changeSchedule(saving.id, confirmedChange(saving.change, confirmed));
    await refresh(world);
    world.say(isNew ? `The schedule ${name} is stored.` : `The schedule ${name} is changed, at once.`);
  },
};

type Confirmed = Omit<ScheduleSaving, 'saving'>;

function confirmedRequest(request: ScheduleRequest, confirmed: Confirmed): ScheduleRequest {
  if (request.kind === 'scan') return { ...request, what: { ...request.what, ...confirmed } };
  if (request.kind === 'discovery') return { ...request, what: { ...request.what, ...confirmed } };
  return request;
}

function confirmedChange(change: ScheduleChange, confirmed: Confirmed): ScheduleChange {
  return {
    ...change,
    ...(change.scan === undefined ? {} : { scan: { ...change.scan, ...confirmed } }),
    ...(change.discovery === undefined ? {} : { discovery: { ...change.discovery, ...confirmed } }),
  };
}

export const pauseSchedule: Action<Schedule> = {
  label: 'Pause',
  icon: StopIcon,
  available: ({ enabled }) => enabled,
  async perform(world, { id, name }) {
    await world.client.disableSchedule(id);
    await refresh(world);
    world.say(`The schedule ${name} is paused; what runs goes on.`);
  },
};

export const resumeSchedule: Action<Schedule> = {
  label: 'Resume',
  icon: PlayIcon,
  available: ({ enabled }) => !enabled,
  async perform(world, { id, name }) {
    await world.client.enableSchedule(id);
    await refresh(world);
    world.say(`The schedule ${name} goes on.`);
  },
};

export const runScheduleNow: Action<Schedule> = {
  label: 'Run now',
  icon: PlayIcon,
  available: () => true,
  async perform(world, { id, name }) {
    await world.client.runSchedule(id);
    await refresh(world);
    world.say(`A run of ${name} is asked for.`);
  },
};

export const removeSchedule: Action<Schedule> = {
  label: 'Remove',
  icon: TrashIcon,
  tone: 'danger',
  available: () => true,
  async perform(world, { id, name }) {
    await world.client.removeSchedule(id);
    await refresh(world);
    world.say(`The schedule ${name} is removed; its scans stay.`);
  },
};
