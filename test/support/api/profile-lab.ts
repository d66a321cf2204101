import type { Client } from '#contract/api/client.js';
import type { ProfileRequest } from '#contract/profiles/profile.js';
import type { Scan } from '#contract/scans/scan.js';
import { connectTcp } from '#net/probe/ports/tcp-connect.js';
import { createConnectEngine } from '#scan/connect/connect-engine.js';
import type { ProbeOrder, Prober } from '#scan/engine/prober.js';
import { runShard } from '#work/shards/run-shard.js';
import { proberOf } from '../programs/work-context.ts';
import { type ApiLab, openApiLab } from './api-lab.ts';

/** Only loopback is probed here. */
export const TARGETS: readonly string[] = ['127.83.0.1'];
const clock = { now: () => Date.now(), monotonic: () => performance.now() };

export interface ProfileLab extends ApiLab {
  /** Whether nmap has raw packets, which it needs for UDP and OS detection. */
  nmapIsPrivileged: boolean;
  /** A profile under a unique name. */
  create(more?: Omit<ProfileRequest, 'name'>, name?: string): ReturnType<Client['createProfile']>;
  start(profile: string, more?: object): Promise<Scan>;
  /** Runs what is in the queue and returns the requests to the prober. */
  ordersOf(): Promise<readonly ProbeOrder[]>;
}

/** A server whose prober records every request, and runs it with the connect engine, whatever engine it names. */
export async function openProfileLab(): Promise<ProfileLab> {
  const orders: ProbeOrder[] = [];
  const inner = proberOf([createConnectEngine({ clock, connect: connectTcp })]);
  const prober: Prober = {
    survey: async () => {
      const survey = await inner.survey();
      const protocols = lab.nmapIsPrivileged ? (['tcp', 'udp'] as const) : (['tcp'] as const);
      return {
        ...survey,
        available: [...survey.available, { name: 'nmap', protocols }],
        facts: { ...survey.facts, liveHosts: true, nmapVersion: '7.95' },
      };
    },
    run(order, signal) {
      orders.push(order);
      return inner.run({ ...order, engine: 'connect', liveHosts: false }, signal);
    },
    close: () => inner.close(),
  };
  const api = await openApiLab({ work: { prober } });
  const { client } = api;
  let names = 0;
  const lab: ProfileLab = {
    ...api,
    nmapIsPrivileged: true,
    create: (more = {}, name = `own ${(names += 1)}`) => client.createProfile({ name, ...more }),
    start: (profile, more = {}) => client.startScan({ targets: [...TARGETS], profile, ...more }),
    async ordersOf() {
      orders.length = 0;
      const signal = new AbortController().signal;
      for (const shardId of api.enqueued.splice(0))
        await runShard(api.context, shardId, { onClaimed: () => undefined, signal });
      return [...orders];
    },
  };
  return lab;
}
