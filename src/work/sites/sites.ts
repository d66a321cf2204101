import { parseNetworkCidr } from '#domain/addresses/network-cidr.js';
import { ScanoramaError } from '#domain/errors/error.js';
import { createUid, UID_RANDOM_BYTES } from '#domain/errors/uid.js';
import { labelKey } from '#domain/fields/label-name.js';
import { checkSiteName, DEFAULT_SITE } from '#domain/targets/site-name.js';
import { quote } from '#domain/text/quote.js';
import { isSameSet } from '#domain/text/same-set.js';
import type { Executor } from '#store/database/database.js';
import { constraintOf } from '#store/database/failure.js';
import { addToScope, forgetAcceptance, removeFromScopeAllBut } from '#store/sites/site-scopes.js';
import {
  deleteSite,
  findSiteView,
  insertSite,
  isSiteNameTaken,
  lockSite,
  renameSite,
  type SiteContents,
  type SiteView,
} from '#store/sites/sites.js';
import type { Actor, WorkContext } from '#work/context/context.js';
import { assertNoRuleNames } from '#work/edits/group-rules.js';
import { schedulesBeyondScope } from '#work/schedules/schedules-outside-scope.js';

/** CIDRs of one scope. */
export const MAX_SCOPE_CIDRS = 1_000;
const NAME_TAKEN = 'sites_name_key';
const DEFAULT_BINDINGS = 'sites_default_kept';

/** Makes a site; `invalid_request`, or `conflict` when the name is taken. */
export async function addSite(context: WorkContext, wanted: string, actor: Actor): Promise<SiteView> {
  const name = checkSiteName(wanted);
  const uid = createUid(context.clock.now(), context.random(UID_RANDOM_BYTES));
  return context.store.transaction(async (executor) => {
    const isTaken = await isSiteNameTaken(executor, name, null);
    if (isTaken || !(await insertSite(executor, uid, name))) throw nameTaken(name);
    context.log.info({ site: name, actor }, 'site made');
    return findSiteView(executor, uid);
  });
}

export interface SiteChange {
  readonly name?: string | undefined;
  /** The CIDRs that may be scanned from now on; none: nobody has said. */
  readonly scope?: readonly string[] | undefined;
  /** CIDRs that may be scanned beside those that may already. */
  readonly scopeAdd?: readonly string[] | undefined;
  /** The scope that was seen when the change was thought of: `conflict` where it is another by now. */
  readonly expectedScope?: readonly string[] | undefined;
}

export interface ChangedSite extends SiteView {
  /** Where its scope was said: the schedules whose next runs it refuses. */
  readonly failingSchedules: readonly string[];
}

/** Renames a site, and says where it may be scanned, all or nothing. */
export async function changeSite(
  context: WorkContext,
  text: string,
  { change, actor }: { readonly change: SiteChange; readonly actor: Actor },
): Promise<ChangedSite> {
  const name = change.name === undefined ? undefined : checkSiteName(change.name);
  const scope = change.scope && canonical(change.scope);
  const more = canonical(change.scopeAdd ?? []);
  const expected = change.expectedScope && canonical(change.expectedScope);
  try {
    return await context.store.transaction(async (executor) => {
      const site = await lockSite(executor, text);
      if (expected && !isSameSet(expected, canonical(site.scope))) throw scopeChanged(site);
      if (name !== undefined && name !== site.name) await rename(executor, site, name);
      if (scope !== undefined) await removeFromScopeAllBut(executor, site.id, scope);
      await addToScope(executor, { siteId: site.id, cidrs: [...(scope ?? []), ...more], actor });
      const changed = await findSiteView(executor, site.uid);
      if (changed.scope.length > MAX_SCOPE_CIDRS) throw scopeTooLong();
      // A yes to scans without a scope holds until the scope is another: not until somebody repeats that there is none.
      if (!isSameSet(changed.scope, site.scope)) await forgetAcceptance(executor, site.id);
      context.log.info({ site: changed.name, was: site.name, scope: changed.scope, actor }, 'site changed');
      const isScoped = scope !== undefined || more.length > 0;
      return {
        ...(await findSiteView(executor, site.uid)),
        failingSchedules: isScoped ? await schedulesBeyondScope(executor, site.id) : [],
      };
    });
  } catch (error) {
    const constraint = constraintOf(error instanceof ScanoramaError ? error.cause : error);
    if (constraint === NAME_TAKEN) throw nameTaken(name ?? '', error);
    if (constraint === DEFAULT_BINDINGS) throw defaultBindings('renamed', error);
    throw error;
  }
}

function canonical(cidrs: readonly string[]): readonly string[] {
  return cidrs.map((cidr) => parseNetworkCidr(cidr).cidr);
}

async function rename(executor: Executor, site: SiteView, name: string): Promise<void> {
  if (labelKey(name) !== labelKey(site.name))
    await assertNoRuleNames(executor, { field: 'site', name: site.name }, 'renamed');
  if (await isSiteNameTaken(executor, name, site.id)) throw nameTaken(name);
  await renameSite(executor, site.id, name);
}

/** Removes a site that nothing is in and no schedule or rule of a group names; `conflict` says what does, with counts. */
export async function removeSite(context: WorkContext, text: string, actor: Actor): Promise<void> {
  await context.store.transaction(async (executor: Executor) => {
    const site = await lockSite(executor, text);
    if (site.name === DEFAULT_SITE) throw defaultBindings('removed');
    if (contentsText(site) !== '') throw notEmpty(site);
    await assertNoRuleNames(executor, { field: 'site', name: site.name }, 'removed');
    await deleteSite(executor, site.id);
    context.log.info({ site: site.name, actor }, 'site removed');
  });
}

function contentsText({ networks, hosts, scans, exclusions, schedules, workers }: SiteContents): string {
  const parts = [
    countText(networks, 'network'),
    countText(hosts, 'host'),
    countText(scans, 'scan'),
    countText(exclusions, 'exclusion'),
    countText(schedules, 'schedule'),
    countText(workers, 'running worker'),
  ].filter((part) => part !== undefined);
  return [parts.slice(0, -1).join(', '), ...parts.slice(-1)].filter((part) => part !== '').join(' and ');
}

function countText(count: number, noun: string): string | undefined {
  return count === 0 ? undefined : `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
}

function notEmpty(site: SiteView): ScanoramaError {
  const { networks, hosts, scans, exclusions, schedules, workers } = site;
  return new ScanoramaError(
    'conflict',
    `The site ${quote(site.name)} cannot be removed: it holds ${contentsText(site)}.`,
    {
      at: site.name,
      hint: 'Remove its networks, exclusions and schedules first; a site that was scanned keeps its scans and hosts, also deleted and ignored ones, and can be renamed.',
      facts: { networks, hosts, scans, exclusions, schedules, workers },
    },
  );
}

function scopeChanged({ name, scope }: SiteView): ScanoramaError {
  return new ScanoramaError('conflict', `The scope of the site ${quote(name)} was changed meanwhile.`, {
    at: 'expected_scope',
    hint: 'Look at it again, and say what is to be different.',
    facts: { scope: [...scope] },
  });
}

function defaultBindings(done: string, cause?: unknown): ScanoramaError {
  return new ScanoramaError('conflict', `The site "${DEFAULT_SITE}" is always there and cannot be ${done}.`, {
    at: DEFAULT_SITE,
    hint: 'Make another site for another place with `scanorama sites add NAME`.',
    ...(cause === undefined ? {} : { cause }),
  });
}

function nameTaken(name: string, cause?: unknown): ScanoramaError {
  return new ScanoramaError('conflict', `There is a site named ${quote(name)} already.`, {
    at: name,
    hint: 'Names are compared without their case; `scanorama sites list` shows the sites.',
    ...(cause === undefined ? {} : { cause }),
  });
}

function scopeTooLong(): ScanoramaError {
  return new ScanoramaError('invalid_request', `A scope has at most ${MAX_SCOPE_CIDRS} networks.`, {
    at: 'scope',
    hint: 'Write neighbouring networks as one with a shorter prefix.',
  });
}
