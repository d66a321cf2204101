import { type Call, type ListQuery, methodsOver } from '#contract/api/request.js';
import { ROUTES } from '#contract/api/routes.js';
import {
  type decisionListQuerySchema,
  decisionListSchema,
  decisionOutcomeSchema,
  deviceDetailSchema,
  type deviceListQuerySchema,
  deviceListSchema,
  type suggestionListQuerySchema,
  suggestionListSchema,
} from '#contract/devices/device.js';

/** Says what would change, and changes nothing. */
interface Trial {
  readonly dryRun?: boolean | undefined;
}

/** Where several sites have an address, the one that is meant. */
interface AtSite {
  readonly site?: string | undefined;
}

/** The part of the client that tells devices apart. */
export function deviceCalls(call: Call) {
  const { get, post } = methodsOver(call);
  const decide = (path: string, { dryRun = false }: Trial, body: object = {}) =>
    post(decisionOutcomeSchema, path, { ...body, dry_run: dryRun });

  return {
    devices: (query: ListQuery<typeof deviceListQuerySchema> = {}) =>
      get(deviceListSchema, ROUTES.devices, { query }),
    device: (name: string, { site }: AtSite = {}) =>
      get(deviceDetailSchema, ROUTES.device(name), { query: { site } }),
    mergeDevices: (devices: readonly string[], { site, ...trial }: Trial & AtSite = {}) =>
      decide(ROUTES.mergeDevices, trial, { devices, site }),
    splitDevice: (name: string, addresses: readonly string[], { site, ...trial }: Trial & AtSite = {}) =>
      decide(ROUTES.splitDevice(name), trial, { addresses, site }),
    deviceSuggestions: (query: ListQuery<typeof suggestionListQuerySchema> = {}) =>
      get(suggestionListSchema, ROUTES.deviceSuggestions, { query }),
    acceptSuggestion: (id: string, trial: Trial = {}) => decide(ROUTES.acceptSuggestion(id), trial),
    dismissSuggestion: (id: string, trial: Trial = {}) => decide(ROUTES.dismissSuggestion(id), trial),
    deviceDecisions: (query: ListQuery<typeof decisionListQuerySchema> = {}) =>
      get(decisionListSchema, ROUTES.deviceDecisions, { query }),
    undoDecision: (id: string, trial: Trial = {}) => decide(ROUTES.undoDecision(id), trial),
  };
}
