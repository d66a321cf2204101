import { describe, expect, it } from 'vitest';
import { LINK_NONE } from '#net/native/links/link-kind.js';
import { LINK, RST_ACK, SimulatedWires, tcpReply } from '../../../test/support/network/simulated-wire.ts';
import { outcomeName, outcomeNames } from '../../../test/support/scans/outcome-name.ts';
import { completedOn, expectComplete, requestOf } from '../../../test/support/scans/simulated-raw-scan.ts';

const GATEWAY = { family: 4, value: 0xc612_0009n } as const;

const isLinux = process.platform === 'linux';
if (!isLinux) console.warn('SKIPPED: raw engines reserve their source ports through the C library of Linux');

describe.skipIf(!isLinux)('raw engine: what keeps it from asking', () => {
  it('says of nobody what could not leave because the interface was switched off', async () => {
    const network = new SimulatedWires(() => {
      // From the second call on, however many there are.
      if (network.refusals.length === 0) network.refusals.push(...Array.from({ length: 10_000 }, () => 100));
      return [];
    });
    const request = requestOf({ ports: '1-600' });
    const completed = await completedOn(network, { ports: '1-600' });
    expectComplete(completed, request);
    expect(outcomeNames(completed)).toEqual(['not probed: ENETDOWN']);
    expect(new Set(completed.map(({ attempts }) => attempts))).toEqual(new Set([0, 1]));
  });

  it('goes on where the kernel tells that the interface was switched off while nothing is sent', async () => {
    const network = new SimulatedWires((probe) => [tcpReply(probe, RST_ACK)]);
    network.onSent = () => {
      network.onSent = () => undefined;
      network.failures.push(100);
    };
    expect(outcomeNames(await completedOn(network, { ports: '1-20' }))).toEqual(['closed rst']);
    expect(network.failures).toEqual([]);
  });

  it('says of nobody what was sent into an interface without a carrier', async () => {
    const down = { ...LINK, isUp: false };
    const network = new SimulatedWires((probe) => (probe.port === 7 ? [tcpReply(probe, RST_ACK)] : []));
    network.onSent = ({ protocol }) => {
      if (protocol === 'tcp') network.link = () => down;
    };
    const completed = await completedOn(network, { ports: '1-20' });
    expect(outcomeNames(completed)).toEqual(['closed rst', 'not probed: ENETDOWN']);
    expect(completed).toHaveLength(20);
  });

  it('asks nobody through an interface that is down, nor behind a gateway that does not say where it is', async () => {
    const network = new SimulatedWires(() => [], { ...LINK, isUp: false });
    expect(outcomeNames(await completedOn(network, { ports: '1-20' }))).toEqual(['not probed: ENETDOWN']);
    const lost = new SimulatedWires(() => []);
    lost.gateway = GATEWAY;
    lost.absent.add(GATEWAY.value);
    const completed = await completedOn(lost, { targets: ['198.18.5.1'], ports: '1-20' });
    expect(outcomeNames(completed)).toEqual(['not probed: NO_GATEWAY']);
    expect(completed.every(({ attempts }) => attempts === 0)).toBe(true);
    for (const { sent } of [network, lost])
      expect(sent.filter(({ protocol }) => protocol === 'tcp')).toEqual([]);
  });

  it('says of nobody what the kernel finds no way to, and asks the others', async () => {
    const network = new SimulatedWires((probe) => [tcpReply(probe, RST_ACK)], { ...LINK, kind: LINK_NONE });
    network.refusals.push(113, 113);
    const completed = await completedOn(network, { ports: '1-50' });
    const unreachable = completed.filter((one) => outcomeName(one) === 'not probed: EHOSTUNREACH');
    expect(unreachable.map(({ attempts }) => attempts)).toEqual([0, 0]);
    expect(completed.filter((one) => outcomeName(one) === 'closed rst')).toHaveLength(48);
    expect(network.sent).toHaveLength(48);
  });
});
