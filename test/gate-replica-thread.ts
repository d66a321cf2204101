/** Asks a replica of a gate about one address whenever it is told to. */
import { parentPort, workerData } from 'node:worker_threads';
import { parseAddress } from '#domain/address.js';
import { createGateReplica, type GateLine, type GateState } from '#send/gate-replica.js';

const { state, line }: { state: GateState; line: GateLine } = workerData;
const gate = createGateReplica(state, line);

parentPort?.on('message', (text: string) => {
  const address = parseAddress(text);
  parentPort?.postMessage(address !== undefined && gate.permits(address), []);
});
