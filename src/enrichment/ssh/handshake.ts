import { createHash } from 'node:crypto';
import type { SshHostKey } from '#domain/enrichment/ssh-host-key.js';
import { SshDecoder, type SshItem, sshPacket } from '#enrichment/ssh/decoder.js';
import { HOST_KEY_GROUPS, provenHostKey } from '#enrichment/ssh/host-key.js';
import { KEY_EXCHANGES, type KeyExchange, type KeyShare } from '#enrichment/ssh/key-exchange.js';
import { SshError, SshReader, sshString } from '#enrichment/ssh/wire.js';

/** The identification that this side sends. */
export const OUR_IDENTIFICATION = 'SSH-2.0-Scanorama';

const DISCONNECT = 1;
/** SSH_MSG_IGNORE, SSH_MSG_UNIMPLEMENTED and SSH_MSG_DEBUG. */
const IGNORED_MESSAGES: ReadonlySet<number> = new Set([2, 3, 4]);
const KEXINIT = 20;
const KEX_BEGIN = 30;
const KEX_REPLY = 31;
const BY_APPLICATION = 11;
const COOKIE_BYTES = 16;
/** Maximum of ignored messages before the handshake is given up. */
const MAX_IGNORED_MESSAGES = 32;

export interface SshHandshakeOptions {
  /** The group of host key algorithms to request (default: the first that the server has). */
  readonly group?: readonly string[] | undefined;
  readonly cookie: Uint8Array;
}

/** The host key that a server has proved to hold. */
export interface ProvenServer {
  readonly key: SshHostKey;
  readonly identification: string;
  /** The group of the key, and the other groups that the server has. */
  readonly group: readonly string[];
  readonly otherGroups: readonly (readonly string[])[];
}

interface Offer {
  readonly payload: Buffer;
  readonly keyExchanges: readonly string[];
  readonly hostKeys: readonly string[];
  /** Ciphers, MACs, compressions and languages of both directions, as the server offers them. */
  readonly rest: readonly string[];
}

interface Agreement {
  readonly exchange: KeyExchange;
  readonly share: KeyShare;
  readonly hostKeyName: string;
  readonly group: readonly string[];
  readonly ourPayload: Buffer;
  readonly theirs: Offer;
}

/**
 * The client side of a key exchange up to the point where the server has proved a host key, and no further: nothing is
 * ever encrypted, and there is no login. Does no I/O. Throws for everything that a server should not send.
 *
 *     SSH-2.0-… ──> KEXINIT ──> our share ──> their share, key and signature ──> disconnect
 */
export class SshHandshake {
  readonly #options: SshHandshakeOptions;
  readonly #decoder = new SshDecoder();
  #identification: Buffer | undefined;
  #agreement: Agreement | undefined;
  #ignoredCount = 0;
  #proven: ProvenServer | undefined;

  constructor(options: SshHandshakeOptions) {
    this.#options = options;
  }

  /** Set when the handshake has ended. */
  get proven(): ProvenServer | undefined {
    return this.#proven;
  }

  /** The first bytes to send. */
  static readonly greeting: Buffer = Buffer.from(`${OUR_IDENTIFICATION}\r\n`);

  /** Takes bytes from the server; returns the packets to send in response, in order. */
  push(bytes: Uint8Array): Buffer[] {
    const answers: Buffer[] = [];
    for (const item of this.#decoder.push(bytes)) {
      answers.push(...this.#answer(item));
      if (this.#proven !== undefined) break;
    }
    return answers;
  }

  #answer(item: SshItem): Buffer[] {
    if (item.kind === 'identification') {
      this.#identification = item.line;
      return [];
    }
    const { payload } = item;
    const type = payload[0];
    if (type !== undefined && IGNORED_MESSAGES.has(type)) return this.#ignore();
    if (type === KEXINIT && this.#agreement === undefined) return this.#agree(payload);
    if (this.#agreement === undefined) throw new SshError(`it sends message ${type} too early`);
    if (type !== KEX_REPLY) throw new SshError(`it sends message ${type} instead of its key`);
    this.#prove(payload, this.#agreement);
    return [disconnectMessage()];
  }

  #ignore(): Buffer[] {
    this.#ignoredCount += 1;
    if (this.#ignoredCount > MAX_IGNORED_MESSAGES)
      throw new SshError('it sends only messages to ignore instead of its key');
    return [];
  }

  #agree(payload: Buffer): Buffer[] {
    const theirs = readOffer(payload);
    const exchange = KEY_EXCHANGES.find(({ name }) => theirs.keyExchanges.includes(name));
    const group = this.#options.group ?? groupsOf(theirs)[0];
    const hostKeyName = group?.find((name) => theirs.hostKeys.includes(name));
    if (exchange === undefined || group === undefined || hostKeyName === undefined)
      throw new SshError('it has no supported algorithm');
    const ourPayload = offerMessage(this.#options.cookie, [exchange.name, hostKeyName, ...theirs.rest]);
    const share = exchange.begin();
    this.#agreement = { exchange, share, hostKeyName, group, ourPayload, theirs };
    return [sshPacket(ourPayload), sshPacket(Buffer.concat([Buffer.of(KEX_BEGIN), share.sent]))];
  }

  #prove(payload: Buffer, agreement: Agreement): void {
    const reader = new SshReader(payload.subarray(1));
    const blob = reader.string();
    const theirShare = reader.string();
    const signature = reader.string();
    reader.end();
    const { exchange, share, hostKeyName, group, ourPayload, theirs } = agreement;
    const identification = this.#identification ?? Buffer.alloc(0);
    const exchangeHash = createHash(exchange.hash)
      .update(sshString(OUR_IDENTIFICATION))
      .update(sshString(identification))
      .update(sshString(ourPayload))
      .update(sshString(theirs.payload))
      .update(sshString(blob))
      .update(share.sent)
      .update(sshString(theirShare))
      .update(share.secretWith(theirShare))
      .digest();
    this.#proven = {
      key: provenHostKey({ blob, signature }, hostKeyName, exchangeHash),
      identification: printable(identification),
      group,
      otherGroups: groupsOf(theirs).filter((other) => other !== group),
    };
  }
}

function readOffer(payload: Buffer): Offer {
  const reader = new SshReader(payload);
  reader.bytes(1 + COOKIE_BYTES);
  const keyExchanges = reader.nameList();
  const hostKeys = reader.nameList();
  const rest = Array.from({ length: 8 }, () => reader.text());
  return { payload, keyExchanges, hostKeys, rest };
}

/** The remaining lists repeat the server's own: encryption is never used, and no server refuses its own lists. */
function offerMessage(cookie: Uint8Array, lists: readonly string[]): Buffer {
  return Buffer.concat([
    Buffer.of(KEXINIT),
    cookie,
    ...lists.map((list) => sshString(Buffer.from(list, 'latin1'))),
    Buffer.alloc(5),
  ]);
}

function groupsOf({ hostKeys }: Offer): readonly (readonly string[])[] {
  return HOST_KEY_GROUPS.filter((group) => group.some((name) => hostKeys.includes(name)));
}

function disconnectMessage(): Buffer {
  const reason = Buffer.alloc(5);
  reason.writeUInt8(DISCONNECT);
  reason.writeUInt32BE(BY_APPLICATION, 1);
  return sshPacket(Buffer.concat([reason, sshString('host key read'), sshString('')]));
}

/** The identification may contain any bytes: replaces those that are not printable ASCII. */
function printable(line: Buffer): string {
  return line.toString('latin1').replace(/[^\x20-\x7e]/g, '?');
}
