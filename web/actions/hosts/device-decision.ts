import type { Client } from '#contract/api/client.js';
import type { DecisionOutcome } from '#contract/devices/device.js';

/** What a person decides of devices. */
export type DeviceRequest =
  | { readonly kind: 'merge'; readonly devices: readonly string[] }
  | { readonly kind: 'split'; readonly device: string; readonly addresses: readonly string[] }
  | { readonly kind: 'accept' | 'dismiss'; readonly suggestion: string };

/** Decides, or looks what that would come to. */
export function decide(client: Client, wish: DeviceRequest, dryRun: boolean): Promise<DecisionOutcome> {
  if (wish.kind === 'merge') return client.mergeDevices(wish.devices, { dryRun });
  if (wish.kind === 'split') return client.splitDevice(wish.device, wish.addresses, { dryRun });
  if (wish.kind === 'accept') return client.acceptSuggestion(wish.suggestion, { dryRun });
  return client.dismissSuggestion(wish.suggestion, { dryRun });
}
