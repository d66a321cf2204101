import type { Address } from '#domain/addresses/address.js';
import type { Probe } from '#domain/scans/plan.js';
import { EPOLLIN } from '#net/native/libc/epoll.js';
import { loadErrorQueue } from '#net/native/sockets/error-queue.js';
import { loadUdpSockets } from '#net/native/sockets/udp-socket.js';
import { resultOfConnectError } from '#net/probe/ports/connect-error.js';
import { NO_DATAGRAM, type Outcome, type ProbeResult } from '#net/probe/ports/outcome.js';
import type { ProbeSocket, ProtocolHandler } from '#net/probe/ports/protocol-handler.js';
import { resultOfReportedError } from '#net/probe/ports/reported-error.js';
import { udpPayload } from '#net/probe/udp-payloads/udp-payload.js';

/** TFTP (RFC 1350 section 4) and SSDP answer from another port than the one that was asked. */
const ANSWER_FROM_ANYWHERE: ReadonlySet<number> = new Set([69, 1_900]);
/** Reports and strangers' datagrams taken off a socket at one look. */
const MAX_MESSAGES_PER_POLL = 16;

const RESPONSE: Outcome = { state: 'open', reason: 'udp-response' };
const CLOSED: Outcome = { state: 'closed', reason: 'port-unreach' };

/** Sends the datagram that the port's usual service answers, an empty one where none is known. */
export class NativeUdp implements ProtocolHandler {
  readonly events = EPOLLIN;
  readonly noResponse = NO_DATAGRAM;
  readonly #sockets = loadUdpSockets();
  readonly #errors = loadErrorQueue();

  begin({ address, port }: Probe): number | ProbeResult {
    const fd = this.#sockets.open(address.family);
    if (typeof fd === 'string') return { kind: 'local', code: fd };
    const isConnected = !ANSWER_FROM_ANYWHERE.has(port);
    const refused = isConnected ? this.#sockets.connect(fd, address, port) : undefined;
    // A socket given the very port it asks would hear itself; and it is given only ports that nobody has.
    if (isConnected && refused === undefined && this.#sockets.isNearEnd(fd, address, port)) {
      this.drop(fd);
      return CLOSED;
    }
    const to = isConnected ? undefined : { address, port };
    const code = refused ?? this.#sockets.send(fd, udpPayload(port), to);
    if (code === undefined) return fd;
    this.drop(fd);
    return resultOfConnectError({ code, family: address.family, isFromNetwork: false });
  }

  poll({ fd, probe }: ProbeSocket): ProbeResult | undefined {
    const result = this.#answer(fd, probe.address);
    if (result !== undefined) this.drop(fd);
    return result;
  }

  drop(fd: number): void {
    this.#sockets.close(fd);
  }

  close(): void {
    // Every socket is somebody's until it is dropped.
  }

  #answer(fd: number, probed: Address): ProbeResult | undefined {
    for (let message = 0; message < MAX_MESSAGES_PER_POLL; message += 1) {
      const received = this.#sockets.receive(fd);
      if (received === undefined) return undefined;
      if (typeof received !== 'string') {
        if (isSame(received.from, probed)) return RESPONSE;
        continue;
      }
      const error = this.#errors.take(fd);
      const result =
        error === undefined
          ? resultOfConnectError({ code: received, family: probed.family, isFromNetwork: true })
          : resultOfReportedError(error, probed);
      if (result !== undefined) return result;
    }
    return undefined;
  }
}

function isSame(one: Address, other: Address): boolean {
  return one.family === other.family && one.value === other.value;
}
