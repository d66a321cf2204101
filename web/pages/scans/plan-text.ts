import type { UsedProfileView } from '#contract/profiles/profile.js';
import type { ScanPlanView } from '#contract/scans/scan.js';
import { humanDuration } from '#domain/time/duration.js';
import { countOf, formatCount } from '../../format/number.ts';

/** `256 addresses × 1,000 ports = 256,000 probes, about 4m 16s at 1,000 packets/s` */
export function planSentence(plan: Pick<ScanPlanView, 'addresses' | 'probes' | 'estimated_seconds'>): string {
  const addresses = countOf(plan.addresses, 'address', 'addresses');
  const probes = countOf(plan.probes, 'probe');
  const ports = portsPerAddress(plan.addresses, plan.probes);
  const size =
    ports === undefined ? `${addresses}, ${probes}` : `${addresses} × ${countOf(ports, 'port')} = ${probes}`;
  return `${size}, ${pace(plan.probes, plan.estimated_seconds)}`;
}

function portsPerAddress(addresses: string, probes: number): number | undefined {
  const count = BigInt(addresses);
  if (count === 0n || BigInt(probes) % count !== 0n) return undefined;
  return Number(BigInt(probes) / count);
}

function pace(probes: number, seconds: number | null): string {
  if (seconds === null || seconds <= 0) return 'as fast as the network answers';
  const packetsPerSecond = Number((probes / seconds).toPrecision(3));
  const rate = packetsPerSecond >= 1 ? formatCount(Math.round(packetsPerSecond)) : String(packetsPerSecond);
  return `about ${humanDuration(seconds * 1_000)} at ${rate} packets/s`;
}

/** `As the profile fragile has it, but for rate.` */
export function profileSentence({ name, overrides }: UsedProfileView): string {
  const other = overrides.map((text) => text.replaceAll('_', ' ')).join(', ');
  return `As the profile ${name} has it${other === '' ? '' : `, but for ${other}`}.`;
}
