import type { z } from 'zod';
import { readAnnotations, readTags } from '#api/routes/hosts/annotations.js';
import { requestedFilter } from '#api/routes/hosts/asked-filter.js';
import {
  presentChange,
  presentHorizon,
  presentHostDetail,
  presentHosts,
} from '#api/routes/hosts/presenter.js';
import { presentPage, rowsOf } from '#api/routes/page.js';
import {
  type AsOfQuery,
  HOST_HISTORY_ROWS,
  HOST_STATUS_CHANGE_ROWS,
  HOST_TIMEOUT_ROWS,
  type HostDetail,
  type HostHistory,
  type HostList,
  type hostHistoryQuerySchema,
  type hostListQuerySchema,
} from '#contract/hosts/host.js';
import { formatAddress, parseAddress } from '#domain/addresses/address.js';
import { ScanoramaError } from '#domain/errors/error.js';
import { isUid } from '#domain/errors/uid.js';
import { allOf, type Filter, fieldIs, probesFor } from '#domain/filter/filter.js';
import { assertShowsPast, internalError } from '#domain/filter/read.js';
import { type Completeness, completenessOf } from '#domain/hosts/completeness.js';
import type { IgnoredChoice } from '#domain/hosts/host-status.js';
import { clip, quote } from '#domain/text/quote.js';
import type { Executor } from '#store/database/database.js';
import { inSnapshot } from '#store/database/snapshot.js';
import { deviceOfHost } from '#store/devices/device-views.js';
import { assertNamesThere } from '#store/filter/filter-names.js';
import { type AsOf, assertAnswerable, isNow } from '#store/history/as-of.js';
import { awaitCommitted } from '#store/history/committed-time.js';
import { evidenceOf } from '#store/hosts/completeness.js';
import { listFoundNames } from '#store/hosts/host-names.js';
import { STATUS_FACTS } from '#store/hosts/host-status.js';
import { listHostTimeouts } from '#store/hosts/host-timeouts.js';
import {
  countHostHistory,
  countHosts,
  findHostByUid,
  findHostsByAddress,
  type HostView,
  listHostHistory,
  listHostViews,
  portsOf,
} from '#store/hosts/host-views.js';
import { evidenceOfHosts } from '#store/ports/port-evidence.js';
import { historyHorizon } from '#store/retention/retention-horizon.js';
import { assertSiteNamed } from '#store/sites/sites.js';

const NOTHING_KNOWN: ReadonlyMap<number, Completeness> = new Map();
const TURNS = { limit: HOST_STATUS_CHANGE_ROWS, offset: 0 };

/** A page of hosts; spans of time in its filter end at `nowMs`. Throws as reading a filter and asking history do. */
export function readHosts(
  executor: Executor,
  query: z.output<typeof hostListQuerySchema>,
  nowMs: number,
): Promise<HostList> {
  return listHosts(executor, { query, nowMs, matching: requestedFilter(query) });
}

/** The same of one group alone, which is named exactly. */
export function readGroupHosts(
  executor: Executor,
  query: z.output<typeof hostListQuerySchema>,
  { group, nowMs }: { readonly group: string; readonly nowMs: number },
): Promise<HostList> {
  const ofGroup = fieldIs('group', { type: 'text', pattern: [group] });
  const probed = requestedFilter(query);
  const matching = probed === undefined ? ofGroup : allOf([ofGroup, probed]);
  return listHosts(executor, { query, nowMs, matching });
}

interface Listing {
  readonly query: z.output<typeof hostListQuerySchema>;
  readonly nowMs: number;
  readonly matching: Filter | undefined;
}

function listHosts(executor: Executor, { query, nowMs, matching }: Listing): Promise<HostList> {
  const ignored = ignoredOf(query.ignored, matching);
  const filter = { matching, deleted: query.deleted, ignored, now: new Date(nowMs) };
  const order = { by: query.sort_by, descending: query.sort_order === 'desc' };
  return at(executor, query, async (snapshot, asOf) => {
    if (order.by === 'score' && !isNow(asOf)) throw internalError(order.by);
    // What history cannot tell is refused before anything of the present is.
    if (matching !== undefined && !isNow(asOf)) assertShowsPast(matching);
    if (query.filter !== undefined) await assertNamesThere(snapshot, query.filter);
    if (query.site !== undefined) await assertSiteNamed(snapshot, query.site);
    const views = await listHostViews(snapshot, { filter, order, page: rowsOf(query), asOf });
    const ids = views.map(({ id }) => id);
    const openPorts = await portsOf(snapshot, ids, { openOnly: true, asOf });
    const tags = await readTags(snapshot, ids, asOf);
    const completeness = isNow(asOf) ? await completenessOfHosts(snapshot, ids, filter.now) : NOTHING_KNOWN;
    const evidence = query.evidence ? await evidenceOfHosts(snapshot, ids, asOf) : undefined;
    const hosts = presentHosts(views, { openPorts, tags, completeness, evidence });
    return presentPage(query, hosts, await countHosts(snapshot, filter, asOf));
  });
}

/** Ignored hosts are left out unless something is said of them. */
function ignoredOf(choice: IgnoredChoice | undefined, matching: Filter | undefined): boolean | undefined {
  if (choice === 'with') return undefined;
  if (choice !== undefined) return choice === 'only';
  return matching !== undefined && probesFor(matching, 'ignored') ? undefined : false;
}

/** One host by its id or its address; `invalid_request`, `not_found`, or `conflict` when several sites have the address. */
export function readHost(
  executor: Executor,
  name: string,
  { now, ...query }: AsOfQuery & { readonly now: Date },
): Promise<HostDetail> {
  return at(executor, query, async (snapshot, asOf) => {
    const view = await findHost(snapshot, name, asOf);
    const completeness = isNow(asOf) ? await completenessOfHosts(snapshot, [view.id], now) : NOTHING_KNOWN;
    const page = { limit: HOST_HISTORY_ROWS, offset: 0 };
    return presentHostDetail(view, {
      ports: await portsOf(snapshot, [view.id], { openOnly: false, asOf }),
      evidence: await evidenceOfHosts(snapshot, [view.id], asOf),
      history: await listHostHistory(snapshot, { hostId: view.id, page, asOf }),
      turns: await listHostHistory(snapshot, { hostId: view.id, page: TURNS, asOf, facts: STATUS_FACTS }),
      timeouts: await listHostTimeouts(snapshot, view.id, { asOf, limit: HOST_TIMEOUT_ROWS }),
      names: await listFoundNames(snapshot, view.id, asOf),
      horizon: await historyHorizon(snapshot),
      completeness: completeness.get(view.id),
      tags: (await readTags(snapshot, [view.id], asOf)).get(view.id),
      annotations: await readAnnotations(snapshot, view.id, asOf),
      device: isNow(asOf) ? await deviceOfHost(snapshot, view.id) : undefined,
    });
  });
}

async function completenessOfHosts(
  executor: Executor,
  ids: readonly number[],
  now: Date,
): Promise<ReadonlyMap<number, Completeness>> {
  const evidence = await evidenceOf(executor, ids, now);
  return new Map([...evidence].map(([id, known]) => [id, completenessOf(known, now.getTime())]));
}

/** Every change of one host, the newest first, as far back as history is kept. */
export function readHostHistory(
  executor: Executor,
  name: string,
  query: z.output<typeof hostHistoryQuerySchema>,
): Promise<HostHistory> {
  return at(executor, query, async (snapshot, asOf) => {
    const { id } = await findHost(snapshot, name, asOf);
    const listing = { hostId: id, page: rowsOf(query), asOf };
    const changes = await listHostHistory(snapshot, listing);
    const page = presentPage(query, changes.map(presentChange), await countHostHistory(snapshot, listing));
    return { ...page, history_since: presentHorizon(await historyHorizon(snapshot)) };
  });
}

/** The id of a host that is named by its id or its address, deleted or not; throws as `readHost` does. */
export async function hostUidOf(executor: Executor, name: string): Promise<string> {
  return (await findHost(executor, name, {})).uid;
}

const timeOf = (text: string | undefined) => (text === undefined ? undefined : new Date(text));

/** Reads in one snapshot what the query asks for: what is, or what was at an instant. */
async function at<Answer>(
  executor: Executor,
  { as_of, observed_as_of }: AsOfQuery,
  read: (snapshot: Executor, asOf: AsOf) => Promise<Answer>,
): Promise<Answer> {
  const asOf = { recorded: timeOf(as_of), observed: timeOf(observed_as_of) };
  if (asOf.recorded !== undefined) await awaitCommitted(executor, asOf.recorded);
  return inSnapshot(executor, async (snapshot) => {
    await assertAnswerable(snapshot, asOf);
    return read(snapshot, asOf);
  });
}

async function findHost(executor: Executor, name: string, asOf: AsOf): Promise<HostView> {
  const [host, ...others] = await hostsNamed(executor, name, asOf);
  if (host === undefined) throw noSuchHost(name, asOf);
  if (others.length === 0) return host;
  const sites = [host, ...others].map(({ site, uid }) => ({ site, id: uid }));
  throw new ScanoramaError('conflict', `${sites.length} sites have a host with the address ${name}.`, {
    hint: `Ask for it by its id; they are in ${sites.map(({ site }) => site).join(', ')}.`,
    at: name,
    facts: { hosts: sites },
  });
}

function noSuchHost(name: string, asOf: AsOf): ScanoramaError {
  return isNow(asOf)
    ? new ScanoramaError('not_found', `There is no host ${name}.`, { at: name })
    : new ScanoramaError('not_found', `There was no host ${name} at that instant.`, { at: name });
}

async function hostsNamed(executor: Executor, name: string, asOf: AsOf): Promise<readonly HostView[]> {
  if (isUid(name)) {
    const host = await findHostByUid(executor, name, asOf);
    return host === undefined ? [] : [host];
  }
  const address = parseAddress(name);
  if (address !== undefined) return findHostsByAddress(executor, formatAddress(address), asOf);
  throw new ScanoramaError('invalid_request', `${quote(name)} is neither the id nor the address of a host.`, {
    at: clip(name),
  });
}
