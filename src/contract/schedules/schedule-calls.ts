import { type Call, type ListQuery, methodsOver } from '#contract/api/request.js';
import { ROUTES } from '#contract/api/routes.js';
import {
  type DuesPreview,
  duesSchema,
  requestedRunSchema,
  type ScheduleChange,
  type ScheduleRequest,
  type scheduleListQuerySchema,
  scheduleListSchema,
  scheduleRunListSchema,
  type scheduleRunsQuerySchema,
  scheduleSchema,
} from '#contract/schedules/schedule.js';

/** The part of the client that keeps schedules. */
export function scheduleCalls(call: Call) {
  const { get, post, patch } = methodsOver(call);

  return {
    schedules: (query: ListQuery<typeof scheduleListQuerySchema> = {}) =>
      get(scheduleListSchema, ROUTES.schedules, { query }),
    schedule: (id: string) => get(scheduleSchema, ROUTES.schedule(id)),
    createSchedule: (body: ScheduleRequest) => post(scheduleSchema, ROUTES.schedules, body),
    changeSchedule: (id: string, body: ScheduleChange) => patch(scheduleSchema, ROUTES.schedule(id), body),
    enableSchedule: (id: string) => post(scheduleSchema, ROUTES.enableSchedule(id)),
    disableSchedule: (id: string) => post(scheduleSchema, ROUTES.disableSchedule(id)),
    runSchedule: (id: string) => post(requestedRunSchema, ROUTES.runSchedule(id)),
    scheduleDues: (id: string, count?: number) =>
      get(duesSchema, ROUTES.scheduleDues(id), { query: { count } }),
    previewSchedule: (body: DuesPreview) => post(duesSchema, ROUTES.schedulePreview, body),
    scheduleRuns: (id: string, query: ListQuery<typeof scheduleRunsQuerySchema> = {}) =>
      get(scheduleRunListSchema, ROUTES.scheduleRuns(id), { query }),
  };
}
