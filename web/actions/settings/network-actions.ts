import type { Exclusion, ExclusionRequest } from '#contract/networks/exclusion.js';
import type { Network, NetworkRequest } from '#contract/networks/network.js';
import { failingSchedulesText } from '#domain/schedules/failing-schedules.js';
import { keys } from '../../api/queries.ts';
import { CloseIcon, PlayIcon, StopIcon } from '../../components/feedback/icons.tsx';
import { countOf } from '../../format/number.ts';
import type { Action, ActionContext } from '../actions/action.ts';
import { differing, isNothing, SO_ALREADY } from '../actions/changed-fields.ts';

export async function refreshNetworks({ queries }: ActionContext): Promise<void> {
  await Promise.all([
    queries.invalidateQueries({ queryKey: keys.networkLists }),
    queries.invalidateQueries({ queryKey: keys.exclusionLists }),
    queries.invalidateQueries({ queryKey: keys.siteLists }),
  ]);
}

export const addNetwork: Action<NetworkRequest> = {
  label: 'Add network',
  icon: PlayIcon,
  available: () => true,
  async perform(context, request) {
    const { name } = await context.client.createNetwork(request);
    await refreshNetworks(context);
    context.toast(`The network ${name} is stored; nothing was sent to it.`);
  },
};

interface NetworkEdit {
  /** As it is when it is saved. */
  readonly network: Network;
  readonly given: Pick<Network, 'name' | 'description' | 'down_after_misses' | 'gone_after_days'>;
}

export const changeNetwork: Action<NetworkEdit> = {
  label: 'Save network',
  icon: PlayIcon,
  available: () => true,
  async perform(context, { network, given }) {
    const { id, name, description, down_after_misses, gone_after_days } = network;
    const was = { name, description, down_after_misses, gone_after_days };
    const change = differing(was, given);
    if (isNothing(change)) {
      context.toast(SO_ALREADY);
      return;
    }
    await context.client.changeNetwork(id, change);
    await refreshNetworks(context);
    context.toastWithUndo(
      `The network ${given.name} is changed.`,
      async () => {
        await context.client.changeNetwork(id, differing(given, was));
        await refreshNetworks(context);
      },
      `network ${id}`,
    );
  },
};

export const enableNetwork: Action<Network> = {
  label: 'Enable',
  icon: PlayIcon,
  available: ({ enabled }) => !enabled,
  perform: (context, network) => enableOrDisable(context, network, true),
};

export const disableNetwork: Action<Network> = {
  label: 'Disable',
  icon: StopIcon,
  available: ({ enabled }) => enabled,
  perform: (context, network) => enableOrDisable(context, network, false),
};

async function enableOrDisable(
  context: ActionContext,
  { id, name }: Network,
  enabled: boolean,
): Promise<void> {
  const changed = await context.client.changeNetwork(id, { enabled });
  await refreshNetworks(context);
  const done = enabled ? `${name} may be scanned again.` : `${name} is not scanned by its name any more.`;
  const failing = failingSchedulesText(changed.failing_schedules, 'network');
  context.toast(failing === undefined ? done : `${done} ${failing}`);
}

export const removeNetwork: Action<Network> = {
  label: 'Remove',
  icon: CloseIcon,
  tone: 'danger',
  available: () => true,
  async question({ client }, { id, name }) {
    const [{ exclusions }, { hosts, scans }] = await Promise.all([
      client.network(id),
      client.networkStats(id),
    ]);
    // Its exclusions keep it, which the server says.
    if (exclusions > 0) return undefined;
    return {
      title: `Remove the network ${name}?`,
      confirmLabel: 'Remove',
      isDanger: true,
      sentences: [
        hosts.total + scans.total === 0
          ? 'No host is known in it, and no scan reached into it.'
          : `Its ${countOf(hosts.total, 'host')} and the ${countOf(scans.total, 'scan')} that reached into it stay.`,
        'Its name, description, grace and owner go.',
      ],
    };
  },
  async perform(context, { id, name }) {
    await context.client.removeNetwork(id);
    await refreshNetworks(context);
    context.toast(`The network ${name} is removed; its scans and hosts stay.`, `network ${id}`);
  },
};

export const addExclusion: Action<ExclusionRequest> = {
  label: 'Exclude',
  icon: StopIcon,
  available: () => true,
  async perform(context, request) {
    const { address } = await context.client.exclude(request);
    await refreshNetworks(context);
    context.toast(`${address} is excluded; scans that run heed it within a second.`);
  },
};

export const removeExclusion: Action<Exclusion> = {
  label: 'Remove',
  icon: CloseIcon,
  tone: 'danger',
  available: () => true,
  async perform(context, { id, address, reason, scope, site, network }) {
    await context.client.removeExclusion(id);
    await refreshNetworks(context);
    const place =
      scope === 'network' ? { network: network?.id } : scope === 'site' && site !== null ? { site } : {};
    const request = { address, ...place, ...(reason === null ? {} : { reason }) };
    context.toastWithUndo(
      `${address} is not excluded any more: scans, and parts of scans, that begin from now on may ask it.`,
      async () => {
        await context.client.exclude(request);
        await refreshNetworks(context);
      },
    );
  },
};
