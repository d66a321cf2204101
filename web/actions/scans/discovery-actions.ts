import type { DiscoveryRequest } from '#contract/discovery/discovery.js';
import type { Network } from '#contract/networks/network.js';
import { PlayIcon, SearchIcon } from '../../components/feedback/icons.tsx';
import type { Action } from '../actions/action.ts';
import { confirmed } from '../actions/start-confirmed.ts';
import { remember } from './scan-actions.ts';

const WORDS = {
  large: 'Start this large run?',
  unscoped: 'Look without a scope?',
  confirmLabel: 'Start it',
  note: 'Make sure that these addresses are yours to ask. You can stop it at any time; what it found is kept.',
};

export const startDiscovery: Action<DiscoveryRequest> = {
  label: 'Look for hosts',
  icon: PlayIcon,
  available: (request) => request.networks.length > 0,
  async perform(world, request) {
    const run = await confirmed(world, WORDS, (said) => world.client.startDiscovery({ ...request, ...said }));
    void remember(world, run);
    await world.go(`/discovery/${run.id}`);
  },
};

/** Goes where it can be started: how hosts are looked for is chosen there. */
export const discoverNetwork: Action<Network> = {
  label: 'Discover',
  icon: SearchIcon,
  available: ({ enabled }) => enabled,
  perform: (world, { name, site }) => {
    const wanted = new URLSearchParams({
      networks: `network:${name}`,
      ...(site === 'default' ? {} : { site }),
    });
    return world.go(`/discovery?${wanted.toString()}`);
  },
};
