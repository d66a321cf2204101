import { z } from 'zod';
import {
  duesPreviewSchema,
  duesQuerySchema,
  duesSchema,
  requestedRunSchema,
  scheduleChangeSchema,
  scheduleListQuerySchema,
  scheduleListSchema,
  scheduleName,
  scheduleRequestSchema,
  scheduleRunListSchema,
  scheduleRunsQuerySchema,
  scheduleSchema,
} from '#contract/schedules/schedule.js';

const tags = ['schedules'];
const params = z.object({
  id: scheduleName.describe('The id of the schedule, or its name whatever its case.'),
});

export const listRoute = {
  operationId: 'schedules',
  summary: 'Schedules by name, with when each is due next and how its last run ended',
  tags,
  querystring: scheduleListQuerySchema.strict(),
  response: { 200: scheduleListSchema },
};
export const showRoute = {
  operationId: 'schedule',
  summary: 'One schedule',
  tags,
  params,
  response: { 200: scheduleSchema },
};
export const createRoute = {
  operationId: 'createSchedule',
  summary: 'Stores a schedule, which is in force at once',
  description:
    'Refused with whatever its first run would fail with if it were now. Where every hour is meant (`*`) it is due by the clock that runs; where hours are named, once for each time of the local clock: the first time where that is repeated, at the turn where it is skipped.',
  tags,
  body: scheduleRequestSchema,
  response: { 201: scheduleSchema },
};
export const changeRoute = {
  operationId: 'changeSchedule',
  summary: 'Changes a schedule at once, for every program; what is absent stays',
  tags,
  params,
  body: scheduleChangeSchema,
  response: { 200: scheduleSchema },
};
export const enableRoute = {
  operationId: 'enableSchedule',
  summary: 'Lets a schedule go on, from now; what failed before counts no more',
  tags,
  params,
  response: { 200: scheduleSchema },
};
export const disableRoute = {
  operationId: 'disableSchedule',
  summary: 'Pauses a schedule at once; what runs goes on',
  tags,
  params,
  response: { 200: scheduleSchema },
};
export const removeRoute = {
  operationId: 'removeSchedule',
  summary: 'Removes a schedule and the list of its runs; its scans are kept',
  tags,
  params,
  response: { 204: z.undefined().describe('The schedule is removed.') },
};
export const runRoute = {
  operationId: 'runSchedule',
  summary: 'Requests a run now, in addition to those that are due',
  tags,
  params,
  response: { 202: requestedRunSchema },
};
export const duesRoute = {
  operationId: 'scheduleDues',
  summary: 'When a schedule is due next',
  tags,
  params,
  querystring: duesQuerySchema.strict(),
  response: { 200: duesSchema },
};
export const previewRoute = {
  operationId: 'previewSchedule',
  summary: 'When a cron in a time zone would be due next; nothing is stored',
  tags,
  body: duesPreviewSchema,
  response: { 200: duesSchema },
};
export const runsRoute = {
  operationId: 'scheduleRuns',
  summary: 'What became of the due times of a schedule, the newest first, also while it runs',
  tags,
  params,
  querystring: scheduleRunsQuerySchema.strict(),
  response: { 200: scheduleRunListSchema },
};
