import type { Address, AddressFamily } from '#domain/addresses/address.js';
import type { Probe } from '#domain/scans/plan.js';
import { EPOLLOUT } from '#net/native/libc/epoll.js';
import { loadErrorQueue } from '#net/native/sockets/error-queue.js';
import { loadTcpSockets } from '#net/native/sockets/tcp-socket.js';
import { resultOfConnectError } from '#net/probe/ports/connect-error.js';
import { NO_RESPONSE, type ProbeResult } from '#net/probe/ports/outcome.js';
import type { ProbeSocket, ProtocolHandler } from '#net/probe/ports/protocol-handler.js';
import { resultOfReportedError } from '#net/probe/ports/reported-error.js';

/** Refused sockets kept for the next probe, both families together. */
export const MAX_IDLE_SOCKETS = 64;

/** Connects, and hangs up at once with a reset: no byte is ever sent. */
export class NativeTcp implements ProtocolHandler {
  readonly events = EPOLLOUT;
  readonly noResponse = NO_RESPONSE;
  readonly #sockets = loadTcpSockets();
  readonly #errors = loadErrorQueue();
  readonly #idle: Readonly<Record<AddressFamily, number[]>> = { 4: [], 6: [] };

  begin({ address, port }: Probe): number | ProbeResult {
    const fd = this.#socket(address.family);
    if (typeof fd === 'string') return { kind: 'local', code: fd };
    const code = this.#sockets.connect(fd, address, port);
    if (code === undefined || code === 'EINPROGRESS') return fd;
    this.#sockets.close(fd);
    return resultOfConnectError({ code, family: address.family, isFromNetwork: false });
  }

  /**
   * Connecting again tells how the first time ended. A router's report is asked for as well: one that comes while
   * connect is under way, as from a network on this machine, does not end the connecting.
   */
  poll({ fd, probe }: ProbeSocket): ProbeResult | undefined {
    const { address, port } = probe;
    const code = this.#sockets.connect(fd, address, port);
    if (code === undefined || code === 'EISCONN') return this.#connected(fd, probe);
    const reported = this.#reported(fd, address);
    if (reported !== undefined) {
      this.#sockets.close(fd);
      return reported;
    }
    if (code === 'EALREADY' || code === 'EINPROGRESS') return undefined;
    if (code === 'ECONNREFUSED') this.#keep(fd, address.family);
    else this.#sockets.close(fd);
    return resultOfConnectError({ code, family: address.family, isFromNetwork: true });
  }

  drop(fd: number): void {
    this.#sockets.close(fd);
  }

  close(): void {
    for (const fd of [...this.#idle[4].splice(0), ...this.#idle[6].splice(0)]) this.#sockets.close(fd);
  }

  #socket(family: AddressFamily): number | string {
    const idle = this.#idle[family].pop();
    if (idle !== undefined) return idle;
    const fd = this.#sockets.open(family);
    if (fd !== 'EMFILE' && fd !== 'ENFILE') return fd;
    // The idle ones of the other family may be what is missing.
    this.close();
    return this.#sockets.open(family);
  }

  #keep(fd: number, family: AddressFamily): void {
    if (this.#idle[4].length + this.#idle[6].length < MAX_IDLE_SOCKETS) this.#idle[family].push(fd);
    else this.#sockets.close(fd);
  }

  #reported(fd: number, probed: Address): ProbeResult | undefined {
    for (let error = this.#errors.take(fd); error !== undefined; error = this.#errors.take(fd)) {
      const result = resultOfReportedError(error, probed);
      if (result !== undefined) return result;
    }
    return undefined;
  }

  /** See `isSelfConnection` for why somebody who met himself has met nobody. */
  #connected(fd: number, { address, port }: Probe): ProbeResult {
    const isSelf = this.#sockets.isNearEnd(fd, address, port);
    const windowBytes = this.#sockets.farWindowBytes(fd);
    this.#sockets.reset(fd);
    if (isSelf) return { state: 'closed', reason: 'conn-refused' };
    return { state: 'open', reason: 'syn-ack', ...(windowBytes === undefined ? {} : { windowBytes }) };
  }
}
