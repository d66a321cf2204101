import type { z } from 'zod';
import { presentHostDetail, presentHosts } from '#api/routes/hosts/presenter.js';
import { presentPage, rowsOf } from '#api/routes/page.js';
import {
  HOST_HISTORY_ROWS,
  type HostDetail,
  type HostList,
  type hostListQuerySchema,
} from '#contract/host.js';
import { formatAddress, parseAddress } from '#domain/address.js';
import { ScanoramaError } from '#domain/error.js';
import { clip, quote } from '#domain/quote.js';
import { isUid } from '#domain/uid.js';
import type { Executor } from '#store/database.js';
import {
  countHosts,
  currentPortsOf,
  findHostByUid,
  findHostsByAddress,
  type HostView,
  listHostHistory,
  listHostViews,
} from '#store/host-views.js';
import { historyHorizon } from '#store/retention-horizon.js';
import { inSnapshot } from '#store/snapshot.js';

export function readHosts(
  executor: Executor,
  query: z.output<typeof hostListQuerySchema>,
): Promise<HostList> {
  const { status, search, open_port: openPort, deleted } = query;
  const filter = { status, search, openPort, deleted };
  const order = { by: query.sort_by, descending: query.sort_order === 'desc' };
  return inSnapshot(executor, async (snapshot) => {
    const views = await listHostViews(snapshot, { filter, order, page: rowsOf(query) });
    const openPorts = await currentPortsOf(
      snapshot,
      views.map(({ id }) => id),
      true,
    );
    return presentPage(query, presentHosts(views, openPorts), await countHosts(snapshot, filter));
  });
}

/** One host by its id or its address; `invalid_request`, `not_found`, or `conflict` when several sites have the address. */
export function readHost(executor: Executor, name: string): Promise<HostDetail> {
  return inSnapshot(executor, async (snapshot) => {
    const view = await findHost(snapshot, name);
    const ports = await currentPortsOf(snapshot, [view.id], false);
    return presentHostDetail(view, {
      ports,
      history: await listHostHistory(snapshot, view.id, HOST_HISTORY_ROWS),
      horizon: await historyHorizon(snapshot),
    });
  });
}

/** The id of a host that is named by its id or its address, deleted or not; throws as `readHost` does. */
export async function hostUidOf(executor: Executor, name: string): Promise<string> {
  return (await findHost(executor, name)).uid;
}

async function findHost(executor: Executor, name: string): Promise<HostView> {
  const [host, ...others] = await hostsNamed(executor, name);
  if (host === undefined) throw new ScanoramaError('not_found', `There is no host ${name}.`, { at: name });
  if (others.length === 0) return host;
  const sites = [host, ...others].map(({ site, uid }) => ({ site, id: uid }));
  throw new ScanoramaError('conflict', `${sites.length} sites have a host with the address ${name}.`, {
    hint: `Ask for it by its id; they are in ${sites.map(({ site }) => site).join(', ')}.`,
    at: name,
    facts: { hosts: sites },
  });
}

async function hostsNamed(executor: Executor, name: string): Promise<readonly HostView[]> {
  if (isUid(name)) {
    const host = await findHostByUid(executor, name);
    return host === undefined ? [] : [host];
  }
  const address = parseAddress(name);
  if (address !== undefined) return findHostsByAddress(executor, formatAddress(address));
  throw new ScanoramaError('invalid_request', `${quote(name)} is neither the id nor the address of a host.`, {
    at: clip(name),
  });
}
