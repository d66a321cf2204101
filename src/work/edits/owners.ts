import { ScanoramaError } from '#domain/errors/error.js';
import { checkLabelName, labelKey } from '#domain/fields/label-name.js';
import { quote } from '#domain/text/quote.js';
import {
  countOwners,
  deleteOwner,
  findOwner,
  hasOwner,
  insertOwner,
  type OwnerView,
  setNetworkOwner,
  updateOwner,
} from '#store/groups/owners.js';
import { lockNetwork } from '#store/networks/networks.js';
import type { Actor, WorkContext } from '#work/context/context.js';
import { assertNoRuleNames } from '#work/edits/group-rules.js';
import { hostsText, nameTaken } from '#work/edits/name-taken.js';
import { newUid, underEditLock } from '#work/edits/record-edit.js';

export const MAX_OWNERS = 10_000;

export interface OwnerOrder {
  readonly name: string;
  readonly contact: string | null;
  readonly actor: Actor;
}

/** Stores an owner. Throws `invalid_request`, `conflict`. */
export function addOwner(context: WorkContext, order: OwnerOrder): Promise<OwnerView> {
  const name = checkLabelName('owner', order.name);
  return underEditLock(context, async (executor) => {
    const uid = newUid(context);
    if (!(await insertOwner(executor, { uid, name, contact: order.contact, actor: order.actor })))
      throw nameTaken('owner', name);
    if ((await countOwners(executor)) > MAX_OWNERS)
      throw new ScanoramaError('conflict', `There cannot be more than ${MAX_OWNERS} owners.`);
    context.log.info({ owner: name, actor: order.actor }, 'owner stored');
    return findOwner(executor, uid);
  });
}

export interface OwnerInput {
  readonly name?: string | undefined;
  readonly contact?: string | null | undefined;
}

/** Throws `not_found`, `invalid_request`, `conflict`. */
export function changeOwner(
  context: WorkContext,
  text: string,
  { input, actor }: { readonly input: OwnerInput; readonly actor: Actor },
): Promise<OwnerView> {
  const wanted = input.name === undefined ? undefined : checkLabelName('owner', input.name);
  return underEditLock(context, async (executor) => {
    const owner = await findOwner(executor, text);
    const { contact = owner.contact } = input;
    const name = wanted ?? owner.name;
    // Nobody else changes a name meanwhile.
    if (labelKey(name) !== labelKey(owner.name) && (await hasOwner(executor, name)))
      throw nameTaken('owner', name);
    if (labelKey(name) !== labelKey(owner.name))
      await assertNoRuleNames(executor, { field: 'owner', name: owner.name }, 'renamed');
    await updateOwner(executor, owner.id, { name, contact, actor });
    context.log.info({ owner: name, was: owner.name, actor }, 'owner changed');
    return findOwner(executor, owner.uid);
  });
}

/** Removes an owner of whom nothing is, and gives who it was. Throws `not_found`, `conflict` with what is theirs or what names them. */
export function removeOwner(context: WorkContext, text: string, actor: Actor): Promise<OwnerView> {
  return underEditLock(context, async (executor) => {
    const owner = await findOwner(executor, text);
    if (owner.hosts > 0 || owner.networks.length > 0) throw stillOwns(owner);
    await assertNoRuleNames(executor, { field: 'owner', name: owner.name }, 'removed');
    await deleteOwner(executor, owner.id);
    context.log.info({ owner: owner.name, actor }, 'owner removed');
    return owner;
  });
}

function stillOwns({ name, hosts, networks }: OwnerView): ScanoramaError {
  const parts = [
    ...(hosts > 0 ? [hostsText(hosts)] : []),
    ...(networks.length > 0 ? [`${networks.length} network${networks.length === 1 ? '' : 's'}`] : []),
  ];
  const ways = [
    ...(hosts > 0 ? ['the hosts (`scanorama hosts edit` with --owner or --clear-owner)'] : []),
    ...(networks.length > 0 ? ['the networks (`scanorama owners assign` or `owners unassign`)'] : []),
  ];
  return new ScanoramaError(
    'conflict',
    `The owner ${quote(name)} cannot be removed: ${parts.join(' and ')} would have no owner.`,
    {
      at: name,
      hint: `First assign to another owner, or to none, ${ways.join(', and ')}.`,
      facts: { hosts, networks: networks.slice(0, 20) },
    },
  );
}

/** Gives a network to an owner, or with null to nobody. Throws `not_found` for either. */
export function assignNetwork(
  context: WorkContext,
  {
    network,
    owner,
    actor,
  }: { readonly network: string; readonly owner: string | null; readonly actor: Actor },
): Promise<{ readonly network: string; readonly owner: string | null }> {
  return underEditLock(context, async (executor) => {
    const found = owner === null ? null : await findOwner(executor, owner);
    const { id, name } = await lockNetwork(executor, network);
    await setNetworkOwner(executor, id, { ownerId: found?.id ?? null, actor });
    context.log.info({ network: name, owner: found?.name ?? null, actor }, 'network given to an owner');
    return { network: name, owner: found?.name ?? null };
  });
}
