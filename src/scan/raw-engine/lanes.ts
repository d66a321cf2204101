import type { AddressFamily } from '#domain/addresses/address.js';
import type { Link } from '#net/native/links/routes.js';
import type { PortSpan } from '#net/native/sockets/socket-filter.js';
import { BATCH_FRAMES, TxBatch } from '#scan/raw-engine/tx-batch.js';
import type { Messages, RawNetwork, Wire } from '#scan/raw-engine/wire.js';
import { FrameWriter, TCP_FRAME_BYTES, UDP_FRAME_BYTES } from '#scan/raw-probes/frame-writer.js';
import type { TcpProbe } from '#scan/raw-probes/verdict.js';

/** Replies taken from the kernel in one call. */
export const RECEIVED_AT_ONCE = 256;
/** A reply's headers, or an error's with the headers it quotes. */
const RECEIVED_BYTES = 192;

export interface Lane {
  readonly number: number;
  readonly wire: Wire;
  readonly received: Messages;
  readonly tcp: TxBatch;
  readonly udp: TxBatch;
  /** When nothing more had come in, as last seen; microseconds like those of the window. */
  emptyAtMicroseconds: number;
}

/** A wire for each interface and family that the targets are reached through, opened when the first host needs it. */
export class Lanes {
  readonly all: Lane[] = [];
  readonly #network: RawNetwork;
  readonly #ports: PortSpan;
  readonly #tcpProbe: TcpProbe;

  constructor(network: RawNetwork, ports: PortSpan, tcpProbe: TcpProbe) {
    this.#network = network;
    this.#ports = ports;
    this.#tcpProbe = tcpProbe;
  }

  /** Throws NativeCallError when the wire cannot be opened. */
  of(link: Link, family: AddressFamily): Lane {
    const known = this.all.find(({ wire }) => wire.link.index === link.index && wire.family === family);
    if (known !== undefined) return known;
    const wire = this.#network.openWire(link, family, this.#ports);
    const lane: Lane = {
      number: this.all.length,
      wire,
      received: wire.messages({ capacity: RECEIVED_AT_ONCE, strideBytes: RECEIVED_BYTES, use: 'receive' }),
      tcp: this.#batch(wire, 'tcp'),
      udp: this.#batch(wire, 'udp'),
      emptyAtMicroseconds: 0,
    };
    this.all.push(lane);
    return lane;
  }

  #batch(wire: Wire, protocol: 'tcp' | 'udp'): TxBatch {
    const strideBytes = protocol === 'tcp' ? TCP_FRAME_BYTES : UDP_FRAME_BYTES;
    const messages = wire.messages({ capacity: BATCH_FRAMES, strideBytes, use: 'send' });
    const hardware = wire.link.hardwareAddress;
    const input = { family: wire.family, protocol, tcpProbe: this.#tcpProbe, hardware };
    return new TxBatch(wire, messages, new FrameWriter(input, messages));
  }

  droppedCount(): number {
    return this.all.reduce((sum, { wire }) => sum + wire.droppedCount(), 0);
  }

  close(): void {
    for (const { wire, received, tcp, udp } of this.all) {
      received.free();
      tcp.free();
      udp.free();
      wire.close();
    }
    this.all.length = 0;
  }
}
