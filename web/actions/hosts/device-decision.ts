import type { Client } from '#contract/api/client.js';
import type { DecisionOutcome } from '#contract/devices/device.js';

/** What a person decides of devices. */
export type DeviceRequest =
  | { readonly kind: 'merge'; readonly devices: readonly string[] }
  | { readonly kind: 'split'; readonly device: string; readonly addresses: readonly string[] }
  | { readonly kind: 'accept' | 'dismiss'; readonly suggestion: string };

/** Decides, or looks what that would come to. */
export function decide(client: Client, input: DeviceRequest, dryRun: boolean): Promise<DecisionOutcome> {
  if (input.kind === 'merge') return client.mergeDevices(input.devices, { dryRun });
  if (input.kind === 'split') return client.splitDevice(input.device, input.addresses, { dryRun });
  if (input.kind === 'accept') return client.acceptSuggestion(input.suggestion, { dryRun });
  return client.dismissSuggestion(input.suggestion, { dryRun });
}
