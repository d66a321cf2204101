import { compareAddresses, parseAddress } from '#domain/addresses/address.js';
import { ScanoramaError } from '#domain/errors/error.js';
import { quote } from '#domain/text/quote.js';
import type { Executor } from '#store/database/database.js';
import {
  bindingsOfDecision,
  bindingsOfDevices,
  type DeviceBinding,
  findDecision,
  type NamedBinding,
} from '#store/devices/device-decisions.js';
import { findSuggestion } from '#store/devices/device-suggestions.js';
import { type DeviceView, devicesById } from '#store/devices/device-views.js';
import { type DeviceName, findDevice } from '#store/devices/find-device.js';
import { siteIdByName } from '#store/sites/sites.js';
import type { WorkContext } from '#work/context/context.js';
import {
  type Deciding,
  type DecisionOutcome,
  type DecisionPlan,
  decideLocked,
} from '#work/devices/decide-locked.js';

/**
 * Merges several devices into one, regardless of evidence. Throws `not_found`, `conflict` for an ambiguous name, and
 * `invalid_request` for devices that are one already, are of two sites, or are too many.
 */
export function mergeDevices(
  context: WorkContext,
  { devices: texts, site }: { readonly devices: readonly string[]; readonly site?: string | undefined },
  deciding: Deciding,
): Promise<DecisionOutcome> {
  const names = texts.map((text) => ({ term: text, site }));
  return decide(context, names[0] ?? { term: '' }, deciding, async (executor) => {
    const devices = await distinctDevices(executor, names);
    if (devices.length < 2)
      throw new ScanoramaError('invalid_request', 'A merge needs at least two different devices.');
    const bindings = await bindingsOfDevices(
      executor,
      devices.map(({ id }) => id),
    );
    const first = devices[0]?.id;
    return {
      kind: 'merge',
      undoes: null,
      bindings: bindings.map(sided(({ deviceId }) => deviceId !== first)),
    };
  });
}

interface SplitInput {
  readonly device: string;
  readonly site?: string | undefined;
  readonly members: readonly string[];
}

/**
 * Splits some addresses of a device into another device. They are named by address or by the id of the address
 * binding. Throws `not_found`, and `invalid_request` when none or all addresses of the device are named.
 */
export function splitDevice(
  context: WorkContext,
  { device: text, site, members }: SplitInput,
  deciding: Deciding,
): Promise<DecisionOutcome> {
  const name = { term: text, site };
  return decide(context, name, deciding, async (executor) => {
    const device = await findDevice(executor, name);
    const bindings = await bindingsOfDevices(executor, [device.id]);
    const leaving = new Set(members.flatMap((member) => bindingsNamed(bindings, member)));
    if (leaving.size === 0 || leaving.size === bindings.length)
      throw new ScanoramaError('invalid_request', 'A split needs some, but not all addresses of a device.', {
        hint: '`scanorama devices show ID` shows them.',
      });
    return {
      kind: 'split',
      undoes: null,
      bindings: bindings.map(sided(({ bindingId }) => leaving.has(bindingId))),
    };
  });
}

function bindingsNamed(bindings: readonly DeviceBinding[], text: string): readonly number[] {
  const meant = parseAddress(text);
  const isAt = (text: string) => {
    const address = parseAddress(text);
    return meant !== undefined && address !== undefined && compareAddresses(address, meant) === 0;
  };
  const called = bindings.filter(
    ({ address, bindingUid }) => isAt(address) || bindingUid === text.toLowerCase(),
  );
  if (called.length === 0)
    throw new ScanoramaError('not_found', `The device has no address ${quote(text)}.`, { at: text });
  return called.map(({ bindingId }) => bindingId);
}

/**
 * Accepts a suggestion by merging the two devices, or dismisses it for good. Throws `not_found` when it no longer
 * exists.
 */
export async function answerSuggestion(
  context: WorkContext,
  { uid, accept }: { readonly uid: string; readonly accept: boolean },
  deciding: Deciding,
): Promise<DecisionOutcome> {
  const { oneId } = await findSuggestion(context.store.read, uid);
  const [one] = await devicesById(context.store.read, [oneId]);
  return decide(context, { term: one?.uid ?? '' }, deciding, async (executor) => {
    const suggestion = await findSuggestion(executor, uid);
    const bindings = await bindingsOfDevices(executor, [suggestion.oneId, suggestion.otherId]);
    const other = sided<DeviceBinding>(({ deviceId }) => deviceId === suggestion.otherId);
    return { kind: accept ? 'merge' : 'dismiss', undoes: null, bindings: bindings.map(other) };
  });
}

/**
 * Undoes a decision of any age by computing the devices without it. The undo is a decision too, and can be undone in
 * turn. Undoing a decision that was restored undoes what restored it. Throws `not_found`, and `conflict` when it was
 * already undone.
 */
export async function undoDecision(
  context: WorkContext,
  uid: string,
  deciding: Deciding,
): Promise<DecisionOutcome> {
  const { siteId } = await findDecision(context.store.read, uid);
  return decideLocked(context, siteId, deciding, async (executor) => {
    const meant = await findDecision(executor, uid);
    if (meant.undoneBy !== null)
      throw new ScanoramaError('conflict', `The decision ${uid} was already undone.`, {
        at: uid,
        hint: `\`scanorama devices undo ${meant.undoneBy}\` restores it.`,
        facts: { undone_by: meant.undoneBy },
      });
    const decision = meant.recreatedBy === null ? meant : await findDecision(executor, meant.recreatedBy);
    return { kind: 'undo', undoes: decision.id, bindings: await bindingsOfDecision(executor, decision.id) };
  });
}

function sided<Binding extends { readonly bindingId: number }>(isOther: (binding: Binding) => boolean) {
  return (binding: Binding): NamedBinding => ({
    bindingId: binding.bindingId,
    side: isOther(binding) ? 1 : 0,
  });
}

async function distinctDevices(
  executor: Executor,
  names: readonly DeviceName[],
): Promise<readonly DeviceView[]> {
  const found = new Map<number, DeviceView>();
  for (const name of names) {
    const device = await findDevice(executor, name);
    found.set(device.id, device);
  }
  const devices = [...found.values()];
  if (new Set(devices.map(({ site }) => site)).size > 1)
    throw new ScanoramaError('invalid_request', 'Devices of two sites cannot be merged.');
  return devices;
}

/** Takes the device lock of the site of the first named device. */
async function decide(
  context: WorkContext,
  name: DeviceName,
  deciding: Deciding,
  plan: (executor: Executor) => Promise<DecisionPlan>,
): Promise<DecisionOutcome> {
  const { site } = await findDevice(context.store.read, name);
  const siteId = await context.store.transaction((executor) => siteIdByName(executor, site));
  return decideLocked(context, siteId, deciding, plan);
}
