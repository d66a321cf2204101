import {
  DEVICE_DETAIL_ROWS,
  type DecisionOutcome,
  type Device,
  type DeviceDecision,
  type DeviceDetail,
  type DeviceSuggestion,
} from '#contract/devices/device.js';
import type { Executor } from '#store/database/database.js';
import { type DecisionView, decisionsOfDevice } from '#store/devices/device-decisions.js';
import { type SuggestionView, suggestionsOfDevice } from '#store/devices/device-suggestions.js';
import {
  addressesOfDevice,
  type DeviceView,
  devicesById,
  evidenceOfDevice,
  floatingWith,
} from '#store/devices/device-views.js';
import { type DeviceName, findDevice } from '#store/devices/find-device.js';
import type { DecisionOutcome as Decided } from '#work/devices/decide-locked.js';

export function presentDevice(view: DeviceView): Device {
  return {
    id: view.uid,
    site: view.site,
    kind: view.kind,
    name: view.name,
    vendor: view.vendor,
    macs: [...view.macs],
    addresses: [...view.addresses],
    address_count: view.addressCount,
    first_seen: view.firstSeen.toISOString(),
    last_seen: view.lastSeen.toISOString(),
    suggestion_count: view.suggestions,
  };
}

/** Suggestions with the devices they name. */
export async function presentSuggestions(
  snapshot: Executor,
  views: readonly SuggestionView[],
): Promise<DeviceSuggestion[]> {
  const ids = [...new Set(views.flatMap(({ oneId, otherId }) => [oneId, otherId]))];
  const devices = new Map((await devicesById(snapshot, ids)).map((view) => [view.id, presentDevice(view)]));
  return views.map(({ uid, oneId, otherId, score, reasons, veto }) => ({
    id: uid,
    score,
    reasons: [...reasons],
    veto,
    devices: [devices.get(oneId), devices.get(otherId)].filter((device) => device !== undefined),
  }));
}

export function presentDecision(view: DecisionView): DeviceDecision {
  return {
    id: view.uid,
    kind: view.kind,
    actor: view.actor,
    created_at: view.createdAt.toISOString(),
    undoes: view.undoes,
    undone_by: view.undoneBy,
    addresses: [...view.addresses],
    others: [...view.others],
  };
}

export function presentDecided(
  { decision, before, after, keptBy }: Decided,
  dryRun: boolean,
): DecisionOutcome {
  return {
    decision,
    dry_run: dryRun,
    before: before.map(presentDevice),
    after: after.map(presentDevice),
    kept_by: [...keptBy],
  };
}

/** All that is known of one device. */
export async function readDevice(snapshot: Executor, name: DeviceName): Promise<DeviceDetail> {
  const view = await findDevice(snapshot, name);
  const held = await addressesOfDevice(snapshot, view.id, DEVICE_DETAIL_ROWS);
  const evidence = await evidenceOfDevice(snapshot, view.id, DEVICE_DETAIL_ROWS);
  const near = await suggestionsOfDevice(snapshot, view.id, DEVICE_DETAIL_ROWS);
  const decisions = await decisionsOfDevice(snapshot, view.id, DEVICE_DETAIL_ROWS);
  return {
    ...presentDevice(view),
    held: held.map((one) => ({
      id: one.bindingUid,
      host_id: one.hostUid,
      ip: one.address,
      mac: one.mac,
      status: one.status,
      since: one.since?.toISOString() ?? null,
      until: one.until?.toISOString() ?? null,
      last_seen: one.lastSeen.toISOString(),
    })),
    evidence: evidence.map((one) => ({
      kind: one.kind,
      value: one.value,
      host_id: one.hostUid,
      ip: one.address,
      port: one.port,
      first_seen: one.firstSeen.toISOString(),
      last_seen: one.lastSeen.toISOString(),
      first_scan_id: one.firstScanUid,
      last_scan_id: one.lastScanUid,
    })),
    suggestions: await presentSuggestions(snapshot, near),
    decisions: decisions.map(presentDecision),
    floating: (await floatingWith(snapshot, view.id)).map(presentDevice),
  };
}
