import { compareAddresses, parseAddress } from '#domain/address.js';
import type { DecisionKind } from '#domain/device.js';
import { ScanoramaError } from '#domain/error.js';
import { quote } from '#domain/quote.js';
import { decisionsInForce } from '#identify/decisions.js';
import type { Executor } from '#store/database.js';
import { decisionsOf } from '#store/device-component.js';
import {
  type DeviceStay,
  decisionUids,
  findDecision,
  insertDecision,
  type NamedStay,
  type NewDecision,
  placesOfStays,
  staysOfDecision,
  staysOfDevices,
} from '#store/device-decisions.js';
import { findSuggestion } from '#store/device-suggestions.js';
import { takeDeviceTurn } from '#store/device-turn.js';
import { type DeviceView, devicesById } from '#store/device-views.js';
import { onTrial } from '#store/edit-turn.js';
import { type DeviceName, findDevice } from '#store/find-device.js';
import { siteIdByName } from '#store/sites.js';
import type { Actor, WorkContext } from '#work/context.js';
import { foldDevices } from '#work/fold-devices.js';
import { DEVICE_STATEMENT_TIMEOUT_MS } from '#work/identify-devices.js';
import { newUid } from '#work/record-edit.js';

/** Pairs of stays that one decision decides: a merge of 256, or one taken out of as many others. */
export const MAX_PAIRS_PER_DECISION = (256 * 255) / 2;

/** Who decides, and whether it is only tried. */
export interface Deciding {
  readonly actor: Actor;
  /** Takes everything back at the end, and tells what would have changed. */
  readonly dryRun?: boolean | undefined;
}

export interface DecisionOutcome {
  /** Names the decision for whoever wants to take it back; null when it was only tried. */
  readonly decision: string | null;
  /** The devices that it is about, before and after. */
  readonly before: readonly DeviceView[];
  readonly after: readonly DeviceView[];
  /** Where taking a decision back changes nothing: the others that keep the devices as they are, at most `KEEPERS_TOLD`. */
  readonly keptBy: readonly string[];
}

const KEEPERS_TOLD = 5;

/**
 * Makes several devices one, whatever evidence says. Throws `not_found`, `conflict` for a word that means several, and
 * `invalid_request` for devices that are one already, are of two sites, or are too many.
 */
export function mergeDevices(
  context: WorkContext,
  { devices: words, site }: { readonly devices: readonly string[]; readonly site?: string | undefined },
  deciding: Deciding,
): Promise<DecisionOutcome> {
  const names = words.map((word) => ({ word, site }));
  return decide(context, names[0] ?? { word: '' }, deciding, async (executor) => {
    const devices = await distinctDevices(executor, names);
    if (devices.length < 2)
      throw new ScanoramaError('invalid_request', 'A merge takes at least two devices, and these are one.');
    const stays = await staysOfDevices(
      executor,
      devices.map(({ id }) => id),
    );
    const first = devices[0]?.id;
    return { kind: 'merge', undoes: null, stays: stays.map(sided(({ deviceId }) => deviceId !== first)) };
  });
}

interface SplitWish {
  readonly device: string;
  readonly site?: string | undefined;
  readonly members: readonly string[];
}

/**
 * Makes some addresses of a device another one, named by address or by the id of the stay. Throws `not_found`, and
 * `invalid_request` when none or all of it would go.
 */
export function splitDevice(
  context: WorkContext,
  { device: word, site, members }: SplitWish,
  deciding: Deciding,
): Promise<DecisionOutcome> {
  const name = { word, site };
  return decide(context, name, deciding, async (executor) => {
    const device = await findDevice(executor, name);
    const stays = await staysOfDevices(executor, [device.id]);
    const leaving = new Set(members.flatMap((member) => staysCalled(stays, member)));
    if (leaving.size === 0 || leaving.size === stays.length)
      throw new ScanoramaError(
        'invalid_request',
        'A split takes some addresses of a device, and leaves some.',
        {
          hint: '`scanorama devices show ID` shows them.',
        },
      );
    return { kind: 'split', undoes: null, stays: stays.map(sided(({ stayId }) => leaving.has(stayId))) };
  });
}

function staysCalled(stays: readonly DeviceStay[], word: string): readonly number[] {
  const meant = parseAddress(word);
  const isAt = (text: string) => {
    const address = parseAddress(text);
    return meant !== undefined && address !== undefined && compareAddresses(address, meant) === 0;
  };
  const called = stays.filter(({ address, stayUid }) => isAt(address) || stayUid === word.toLowerCase());
  if (called.length === 0)
    throw new ScanoramaError('not_found', `The device has no address ${quote(word)}.`, { at: word });
  return called.map(({ stayId }) => stayId);
}

/** Says yes or no to a suggestion: makes the two one, or parts them for good. Throws `not_found` when it is none any more. */
export async function answerSuggestion(
  context: WorkContext,
  { uid, accept }: { readonly uid: string; readonly accept: boolean },
  deciding: Deciding,
): Promise<DecisionOutcome> {
  const { oneId } = await findSuggestion(context.store.read, uid);
  const [one] = await devicesById(context.store.read, [oneId]);
  return decide(context, { word: one?.uid ?? '' }, deciding, async (executor) => {
    const suggestion = await findSuggestion(executor, uid);
    const stays = await staysOfDevices(executor, [suggestion.oneId, suggestion.otherId]);
    const other = sided<DeviceStay>(({ deviceId }) => deviceId === suggestion.otherId);
    return { kind: accept ? 'merge' : 'dismiss', undoes: null, stays: stays.map(other) };
  });
}

/**
 * Takes a decision back, however long ago it was made: what was computed with it is computed without. That is a decision
 * too, and can be taken back in turn; of one that stands again it takes back what made it again. Throws `not_found`, and `conflict` when it was taken back already.
 */
export async function undoDecision(
  context: WorkContext,
  uid: string,
  deciding: Deciding,
): Promise<DecisionOutcome> {
  const { siteId } = await findDecision(context.store.read, uid);
  return inTurn(context, siteId, deciding, async (executor) => {
    const meant = await findDecision(executor, uid);
    if (meant.undoneBy !== null)
      throw new ScanoramaError('conflict', `The decision ${uid} was taken back already.`, {
        at: uid,
        hint: `\`scanorama devices undo ${meant.undoneBy}\` makes it again.`,
        facts: { undone_by: meant.undoneBy },
      });
    const decision = meant.madeAgainBy === null ? meant : await findDecision(executor, meant.madeAgainBy);
    return { kind: 'undo', undoes: decision.id, stays: await staysOfDecision(executor, decision.id) };
  });
}

type Plan = Pick<NewDecision, 'kind' | 'undoes' | 'stays'>;

function sided<Stay extends { readonly stayId: number }>(isOther: (stay: Stay) => boolean) {
  return (stay: Stay): NamedStay => ({ stayId: stay.stayId, side: isOther(stay) ? 1 : 0 });
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
    throw new ScanoramaError('invalid_request', 'Devices of two sites cannot be one.');
  return devices;
}

/** In the turn of the site of the device that is named first. */
async function decide(
  context: WorkContext,
  name: DeviceName,
  deciding: Deciding,
  plan: (executor: Executor) => Promise<Plan>,
): Promise<DecisionOutcome> {
  const { site } = await findDevice(context.store.read, name);
  const siteId = await context.store.transaction((executor) => siteIdByName(executor, site));
  return inTurn(context, siteId, deciding, plan);
}

async function inTurn(
  context: WorkContext,
  siteId: number,
  { actor, dryRun = false }: Deciding,
  plan: (executor: Executor) => Promise<Plan>,
): Promise<DecisionOutcome> {
  const uid = newUid(context);
  const outcome = await context.store.transaction(
    async (executor) => {
      await takeDeviceTurn(executor, siteId);
      const decision = { uid, siteId, actor, ...(await plan(executor)) };
      refuseTooMany(decision);
      const work = () => carryOut(context, executor, decision);
      return dryRun ? onTrial(executor, work) : work();
    },
    { statementTimeoutMs: DEVICE_STATEMENT_TIMEOUT_MS },
  );
  if (!dryRun) context.log.info({ decision: uid, actor }, 'devices decided');
  return { ...outcome, decision: dryRun ? null : uid };
}

/** An undo decides what the decision did that it takes back. */
function refuseTooMany({ kind, stays }: Plan): void {
  const others = stays.filter(({ side }) => side === 1).length;
  const pairs = {
    merge: (stays.length * (stays.length - 1)) / 2,
    split: others * (stays.length - others),
    dismiss: others * (stays.length - others),
    undo: 0,
  }[kind];
  if (pairs <= MAX_PAIRS_PER_DECISION) return;
  const [most, asked] = [MAX_PAIRS_PER_DECISION, pairs].map((count) => count.toLocaleString('en'));
  throw new ScanoramaError(
    'invalid_request',
    `One decision is about at most ${most} pairs of addresses, and this would be about ${asked}.`,
    { hint: 'Take fewer addresses at a time.', facts: { limit: MAX_PAIRS_PER_DECISION, pairs } },
  );
}

async function carryOut(
  context: WorkContext,
  executor: Executor,
  decision: NewDecision,
): Promise<Omit<DecisionOutcome, 'decision'>> {
  const stayIds = decision.stays.map(({ stayId }) => stayId);
  const { hostIds, deviceIds } = await placesOfStays(executor, stayIds);
  const before = await devicesById(executor, deviceIds);
  await insertDecision(executor, decision);
  await foldDevices(context, executor, { siteId: decision.siteId, hostIds });
  const after = await devicesById(executor, (await placesOfStays(executor, stayIds)).deviceIds);
  const isUnchanged = sameIds(before, after);
  const keptBy = decision.kind === 'undo' && isUnchanged ? await keepersOf(executor, hostIds, after) : [];
  return { before, after, keptBy };
}

function sameIds(before: readonly DeviceView[], after: readonly DeviceView[]): boolean {
  const ids = new Set(before.map(({ id }) => id));
  return before.length === after.length && after.every(({ id }) => ids.has(id));
}

/** Decisions in force that join these hosts, where they are one device, or else that part them. */
async function keepersOf(
  executor: Executor,
  hostIds: readonly number[],
  devices: readonly DeviceView[],
): Promise<readonly string[]> {
  const isKeeper = (kind: DecisionKind) => (kind === 'merge') === (devices.length === 1);
  const kept = decisionsInForce(await decisionsOf(executor, hostIds)).filter(({ kind }) => isKeeper(kind));
  return decisionUids(
    executor,
    kept.slice(-KEEPERS_TOLD).map(({ id }) => id),
  );
}
