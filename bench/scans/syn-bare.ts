import { parseAddress } from '#domain/addresses/address.js';
import { bytesOfAddress } from '#domain/addresses/address-bytes.js';
import type { Plan } from '#domain/scans/plan.js';
import { textsOf } from '#scan/raw-engine/byte-order.js';
import { openLinuxNetwork } from '#scan/raw-engine/linux-network.js';
import { HostTable } from '#scan/raw-hosts/host-table.js';
import { FrameWriter, TCP_FRAME_BYTES } from '#scan/raw-probes/frame-writer.js';

const BATCH = 256;
const IDLE_MS = 200;
const SYN_ACK = 0x1200;

/**
 * The upper bound: builds the frames of the plan, sends them, receives the responses and counts them.
 * No gate, no pace, no cookie, no memory of what was probed. The same calls, the same batches.
 */
export function runBare(plan: Plan, thread: number, threads: number): number {
  const network = openLinuxNetwork();
  const gateway = parseAddress('198.18.0.2');
  const [first] = plan.input.targets.ranges;
  if (gateway === undefined || first === undefined) throw new Error('no target');
  const route = network.route({ family: 4, value: first.first });
  const link = route === undefined ? undefined : network.link(route.interfaceIndex);
  if (route === undefined || link === undefined) throw new Error('no route');
  const hardware = network.neighbors(link.index, 4, 'lately').get(gateway.value) ?? new Uint8Array(6);
  const ports = { first: 61_000 + thread * 8, last: 61_007 + thread * 8 };
  const wire = network.openWire(link, 4, ports);
  const out = wire.messages({ capacity: BATCH, strideBytes: TCP_FRAME_BYTES, use: 'send' });
  const incoming = wire.messages({ capacity: BATCH, strideBytes: 192, use: 'receive' });
  const writer = new FrameWriter(
    { family: 4, protocol: 'tcp', tcpProbe: 'syn', hardware: link.hardwareAddress },
    out,
  );
  let open = 0;
  const receive = (): number => {
    const count = wire.receive(incoming);
    for (let at = 0; at < count; at += 1) {
      const flags = incoming.words[((at * incoming.strideBytes) >>> 1) + 23] ?? 0;
      if ((flags & 0xff00) === SYN_ACK) open += 1;
    }
    return count;
  };
  const fields = { sourcePort: ports.first, port: 0, cookie: 1 };
  for (let block = thread; block < plan.blocks; block += threads) {
    const laid = plan.block(block);
    const hosts = new HostTable(laid.hosts);
    const size = laid.end - laid.first;
    const source = textsOf(bytesOfAddress(route.source));
    for (const host of laid.hosts.keys())
      hosts.setLane(host, { number: 0, hardware: textsOf(hardware), source }, { low: 1, high: 2 });
    for (let offset = 0; offset < size; ) {
      let count = 0;
      for (; count < BATCH && offset < size; count += 1, offset += 1) {
        const index = laid.cellOf(offset);
        const host = Math.floor(index / plan.ports.numbers.length);
        fields.port = plan.ports.numbers[index - host * plan.ports.numbers.length] ?? 0;
        writer.writeTcp(count, { hosts, host }, fields);
      }
      for (let sent = 0; sent < count; ) sent += Math.max(0, wire.send(out, sent, count));
      while (receive() === BATCH);
    }
  }
  for (let idleSince = performance.now(); performance.now() - idleSince < IDLE_MS; )
    if (receive() > 0) idleSince = performance.now();
  wire.close();
  network.close();
  return open;
}
