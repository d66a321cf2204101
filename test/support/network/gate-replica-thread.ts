// Checks one address against a replica of a gate on each message, and whether the gate may send at all.
import { parentPort, workerData } from 'node:worker_threads';
import { parseAddress } from '#domain/addresses/address.js';
import { createGateReplica, type GateLine, type GateState } from '#net/send/gate-replica.js';
import { systemClock } from '#net/send/system-clock.js';

const { state, line }: { state: GateState; line: GateLine } = workerData;
const gate = createGateReplica(state, line, systemClock);

parentPort?.on('message', (text: string) => {
  const address = parseAddress(text);
  const isPermitted = address !== undefined && gate.permits(address);
  parentPort?.postMessage(text === 'is over' ? gate.freshness.isOver : isPermitted, []);
});
