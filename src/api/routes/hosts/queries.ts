import type { z } from 'zod';
import {
  presentChange,
  presentHorizon,
  presentHostDetail,
  presentHosts,
} from '#api/routes/hosts/presenter.js';
import { presentPage, rowsOf } from '#api/routes/page.js';
import {
  HOST_HISTORY_ROWS,
  HOST_TURN_ROWS,
  type HostDetail,
  type HostHistory,
  type HostList,
  type hostHistoryQuerySchema,
  type hostListQuerySchema,
  type MomentQuery,
} from '#contract/host.js';
import { formatAddress, parseAddress } from '#domain/address.js';
import { ScanoramaError } from '#domain/error.js';
import { clip, quote } from '#domain/quote.js';
import { isUid } from '#domain/uid.js';
import type { Executor } from '#store/database.js';
import { LIFE_FACTS } from '#store/host-lives.js';
import { listFoundNames } from '#store/host-names.js';
import {
  countHostHistory,
  countHosts,
  findHostByUid,
  findHostsByAddress,
  type HostFilter,
  type HostView,
  listHostHistory,
  listHostViews,
  portsOf,
} from '#store/host-views.js';
import { assertAnswerable, isNow, type Moment } from '#store/moment.js';
import { historyHorizon } from '#store/retention-horizon.js';
import { inSnapshot } from '#store/snapshot.js';

const TURNS = { limit: HOST_TURN_ROWS, offset: 0 };

export function readHosts(
  executor: Executor,
  query: z.output<typeof hostListQuerySchema>,
): Promise<HostList> {
  const filter = filterOf(query);
  const order = { by: query.sort_by, descending: query.sort_order === 'desc' };
  return at(executor, query, async (snapshot, moment) => {
    const views = await listHostViews(snapshot, { filter, order, page: rowsOf(query), moment });
    const openPorts = await portsOf(
      snapshot,
      views.map(({ id }) => id),
      { openOnly: true, moment },
    );
    return presentPage(query, presentHosts(views, openPorts), await countHosts(snapshot, filter, moment));
  });
}

function filterOf(query: z.output<typeof hostListQuerySchema>): HostFilter {
  const { status, search, open_port: openPort, deleted, ignored, flapping, slow } = query;
  return {
    status,
    search,
    openPort,
    deleted,
    ...(ignored === 'with' ? {} : { ignored: ignored === 'only' }),
    ...(flapping === undefined ? {} : { flapping: true }),
    ...(slow === undefined ? {} : { slow: true }),
  };
}

/** One host by its id or its address; `invalid_request`, `not_found`, or `conflict` when several sites have the address. */
export function readHost(executor: Executor, name: string, query: MomentQuery): Promise<HostDetail> {
  return at(executor, query, async (snapshot, moment) => {
    const view = await findHost(snapshot, name, moment);
    const page = { limit: HOST_HISTORY_ROWS, offset: 0 };
    return presentHostDetail(view, {
      ports: await portsOf(snapshot, [view.id], { openOnly: false, moment }),
      history: await listHostHistory(snapshot, { hostId: view.id, page, moment }),
      turns: await listHostHistory(snapshot, { hostId: view.id, page: TURNS, moment, facts: LIFE_FACTS }),
      names: await listFoundNames(snapshot, view.id, moment),
      horizon: await historyHorizon(snapshot),
    });
  });
}

/** Every change of one host, the newest first, as far back as history is kept. */
export function readHostHistory(
  executor: Executor,
  name: string,
  query: z.output<typeof hostHistoryQuerySchema>,
): Promise<HostHistory> {
  return at(executor, query, async (snapshot, moment) => {
    const { id } = await findHost(snapshot, name, moment);
    const listing = { hostId: id, page: rowsOf(query), moment };
    const changes = await listHostHistory(snapshot, listing);
    const page = presentPage(query, changes.map(presentChange), await countHostHistory(snapshot, listing));
    return { ...page, history_since: presentHorizon(await historyHorizon(snapshot)) };
  });
}

/** The id of a host that is named by its id or its address, deleted or not; throws as `readHost` does. */
export async function hostUidOf(executor: Executor, name: string): Promise<string> {
  return (await findHost(executor, name, {})).uid;
}

const instantOf = (text: string | undefined) => (text === undefined ? undefined : new Date(text));

/** Reads in one snapshot what the query asks for: what is, or what was at an instant. */
function at<Answer>(
  executor: Executor,
  { as_of, observed_as_of }: MomentQuery,
  read: (snapshot: Executor, moment: Moment) => Promise<Answer>,
): Promise<Answer> {
  const moment = { recorded: instantOf(as_of), observed: instantOf(observed_as_of) };
  return inSnapshot(executor, async (snapshot) => {
    await assertAnswerable(snapshot, moment);
    return read(snapshot, moment);
  });
}

async function findHost(executor: Executor, name: string, moment: Moment): Promise<HostView> {
  const [host, ...others] = await hostsNamed(executor, name, moment);
  if (host === undefined) throw noSuchHost(name, moment);
  if (others.length === 0) return host;
  const sites = [host, ...others].map(({ site, uid }) => ({ site, id: uid }));
  throw new ScanoramaError('conflict', `${sites.length} sites have a host with the address ${name}.`, {
    hint: `Ask for it by its id; they are in ${sites.map(({ site }) => site).join(', ')}.`,
    at: name,
    facts: { hosts: sites },
  });
}

function noSuchHost(name: string, moment: Moment): ScanoramaError {
  return isNow(moment)
    ? new ScanoramaError('not_found', `There is no host ${name}.`, { at: name })
    : new ScanoramaError('not_found', `There was no host ${name} at that instant.`, { at: name });
}

async function hostsNamed(executor: Executor, name: string, moment: Moment): Promise<readonly HostView[]> {
  if (isUid(name)) {
    const host = await findHostByUid(executor, name, moment);
    return host === undefined ? [] : [host];
  }
  const address = parseAddress(name);
  if (address !== undefined) return findHostsByAddress(executor, formatAddress(address), moment);
  throw new ScanoramaError('invalid_request', `${quote(name)} is neither the id nor the address of a host.`, {
    at: clip(name),
  });
}
