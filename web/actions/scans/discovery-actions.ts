import type { DiscoveryRequest } from '#contract/discovery/discovery.js';
import type { Network } from '#contract/networks/network.js';
import { PlayIcon, SearchIcon } from '../../components/feedback/icons.tsx';
import type { Action } from '../actions/action.ts';
import { confirmed } from '../actions/start-confirmed.ts';
import { remember } from './scan-actions.ts';

const TEXTS = {
  large: 'Start this large run?',
  unscoped: 'Look without a scope?',
  confirmLabel: 'Start it',
  note: 'Make sure that these addresses are yours to ask. You can stop it at any time; what it found is kept.',
};

export const startDiscovery: Action<DiscoveryRequest> = {
  label: 'Look for hosts',
  icon: PlayIcon,
  available: (request) => request.networks.length > 0,
  async perform(context, request) {
    const run = await confirmed(context, TEXTS, (given) =>
      context.client.startDiscovery({ ...request, ...given }),
    );
    void remember(context, run);
    await context.go(`/discovery/${run.id}`);
  },
};

/** Goes where it can be started: how hosts are looked for is chosen there. */
export const discoverNetwork: Action<Network> = {
  label: 'Discover',
  icon: SearchIcon,
  available: ({ enabled }) => enabled,
  perform: (context, { name, site }) => {
    const wanted = new URLSearchParams({
      networks: `network:${name}`,
      ...(site === 'default' ? {} : { site }),
    });
    return context.go(`/discovery?${wanted.toString()}`);
  },
};
