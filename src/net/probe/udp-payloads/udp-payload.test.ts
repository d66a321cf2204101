import { describe, expect, it } from 'vitest';
import { udpPayload } from '#net/probe/udp-payloads/udp-payload.js';

// Each payload is read here by a small reader of its own, written from the specification and not from the sender.

function viewOf(port: number): DataView {
  const bytes = udpPayload(port);
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function text(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
}

/** The one question of a message in the form of DNS; throws for anything that is left over or missing. */
function readQuestion(port: number) {
  const view = viewOf(port);
  const counts = [4, 6, 8, 10].map((at) => view.getUint16(at));
  const labels: string[] = [];
  let at = 12;
  for (let length = view.getUint8(at); length > 0; length = view.getUint8(at)) {
    labels.push(text(udpPayload(port).subarray(at + 1, at + 1 + length)));
    at += 1 + length;
  }
  const [type, group] = [view.getUint16(at + 1), view.getUint16(at + 3)];
  return { flags: view.getUint16(2), counts, labels, type, group, rest: view.byteLength - at - 5 };
}

describe('payloads that ask for names', () => {
  const question = { flags: 0, counts: [1, 0, 0, 0], rest: 0 };

  it('DNS: the version of the server, without recursion', () => {
    expect(readQuestion(53)).toEqual({ ...question, labels: ['version', 'bind'], type: 16, group: 3 });
  });

  it('mDNS: all kinds of services, to be answered to us alone', () => {
    const labels = ['_services', '_dns-sd', '_udp', 'local'];
    expect(readQuestion(5_353)).toEqual({ ...question, labels, type: 12, group: 0x8001 });
  });

  it('LLMNR: all of a name', () => {
    expect(readQuestion(5_355)).toEqual({ ...question, labels: ['localhost'], type: 255, group: 1 });
  });

  it('NetBIOS: the status of the node, by the name all have', () => {
    const { labels, ...rest } = readQuestion(137);
    expect(rest).toEqual({ ...question, type: 33, group: 1 });
    const [encoded = ''] = labels;
    const halves = Array.from(
      { length: encoded.length },
      (_, at) => encoded.charCodeAt(at) - 'A'.charCodeAt(0),
    );
    const name = Array.from(
      { length: 16 },
      (_, at) => (halves[2 * at] ?? 0) * 16 + (halves[2 * at + 1] ?? 0),
    );
    expect(encoded).toHaveLength(32);
    expect(name).toEqual(['*'.charCodeAt(0), ...Array.from({ length: 15 }, () => 0)]);
  });
});

interface Ber {
  readonly tag: number;
  readonly bytes: Uint8Array;
}

/** The elements one after the other; throws when one is cut off. */
function readBer(bytes: Uint8Array): Ber[] {
  const elements: Ber[] = [];
  for (let at = 0; at < bytes.length; ) {
    const [tag = 0, length = 0] = bytes.subarray(at, at + 2);
    if (length > 127 || at + 2 + length > bytes.length) throw new RangeError(`element at ${at} is cut off`);
    elements.push({ tag, bytes: bytes.subarray(at + 2, at + 2 + length) });
    at += 2 + length;
  }
  return elements;
}

function inside(element: Ber | undefined): Ber[] {
  return readBer(element?.bytes ?? new Uint8Array());
}

describe('payloads of tagged records', () => {
  it('SNMP: sysDescr.0 of the community public', () => {
    const [message, ...rest] = readBer(udpPayload(161));
    expect(rest).toEqual([]);
    expect(message?.tag).toBe(0x30);
    const [version, community, request] = inside(message);
    expect(version).toEqual({ tag: 2, bytes: Uint8Array.of(0) });
    expect(text(community?.bytes ?? new Uint8Array())).toBe('public');
    expect(request?.tag).toBe(0xa0);
    const [, errorStatus, errorIndex, bindings] = inside(request);
    expect([errorStatus?.bytes, errorIndex?.bytes]).toEqual([Uint8Array.of(0), Uint8Array.of(0)]);
    const [binding, ...others] = inside(bindings);
    expect(others).toEqual([]);
    expect(inside(binding)).toEqual([
      { tag: 6, bytes: Uint8Array.of(1 * 40 + 3, 6, 1, 2, 1, 1, 1, 0) },
      { tag: 5, bytes: new Uint8Array() },
    ]);
  });

  it('LDAP: one attribute of the root entry, and nothing below', () => {
    const [message, ...rest] = readBer(udpPayload(389));
    expect(rest).toEqual([]);
    const [id, search] = inside(message);
    expect(id?.bytes).toEqual(Uint8Array.of(1));
    expect(search?.tag).toBe(0x60 + 3);
    const [base, scope, , sizeLimit, timeLimit, typesOnly, filter, attributes] = inside(search);
    expect(base).toEqual({ tag: 4, bytes: new Uint8Array() });
    expect(scope).toEqual({ tag: 10, bytes: Uint8Array.of(0) });
    expect([sizeLimit?.bytes, timeLimit?.bytes]).toEqual([Uint8Array.of(1), Uint8Array.of(1)]);
    expect(typesOnly).toEqual({ tag: 1, bytes: Uint8Array.of(0) });
    expect([filter?.tag, text(filter?.bytes ?? new Uint8Array())]).toEqual([0x87, 'objectClass']);
    expect(inside(attributes).map(({ bytes }) => text(bytes))).toEqual(['supportedLDAPVersion']);
  });

  it.each([
    [111, 100_000, 2],
    [2_049, 100_003, 3],
  ])('RPC on port %i: procedure 0 of program %i, version %i', (port, program, version) => {
    const view = viewOf(port);
    const words = Array.from({ length: view.byteLength / 4 }, (_, at) => view.getUint32(4 * at));
    // Call, RPC version 2, program, version, procedure; no credentials and no verifier, of no length.
    expect(words.slice(1)).toEqual([0, 2, program, version, 0, 0, 0, 0, 0]);
  });
});

describe('payloads of text', () => {
  it('SIP: OPTIONS with every header that RFC 3261 wants', () => {
    const [start, ...lines] = text(udpPayload(5_060)).split('\r\n');
    expect(start).toMatch(/^OPTIONS sip:\S+ SIP\/2\.0$/);
    expect(lines.slice(-2)).toEqual(['', '']);
    const headers = new Map(lines.slice(0, -2).map((line) => [line.split(': ')[0], line.split(': ')[1]]));
    expect([...headers.keys()]).toEqual(
      expect.arrayContaining(['Via', 'Max-Forwards', 'From', 'To', 'Call-ID', 'CSeq']),
    );
    expect(headers.get('Via')).toMatch(/^SIP\/2\.0\/UDP \S+;branch=z9hG4bK\w+;rport$/);
    expect(headers.get('From')).toContain(';tag=');
    expect(headers.get('CSeq')).toMatch(/^\d+ OPTIONS$/);
    expect(headers.get('Content-Length')).toBe('0');
  });

  it('SSDP: M-SEARCH for all', () => {
    const [start, ...lines] = text(udpPayload(1_900)).split('\r\n');
    expect(start).toBe('M-SEARCH * HTTP/1.1');
    expect(lines).toEqual(expect.arrayContaining(['MAN: "ssdp:discover"', 'MX: 1', 'ST: ssdp:all']));
    expect(lines.slice(-2)).toEqual(['', '']);
  });

  it('TFTP: a read request, never a write', () => {
    expect(viewOf(69).getUint16(0)).toBe(1);
    expect(text(udpPayload(69).subarray(2)).split('\0')).toEqual(['scanorama', 'octet', '']);
  });

  it('memcached: version, in the only datagram of its request', () => {
    const view = viewOf(11_211);
    expect([2, 4, 6].map((at) => view.getUint16(at))).toEqual([0, 1, 0]);
    expect(text(udpPayload(11_211).subarray(8))).toBe('version\r\n');
  });

  it('Steam: what is this server', () => {
    expect(viewOf(27_015).getInt32(0)).toBe(-1);
    expect(text(udpPayload(27_015).subarray(4))).toBe('TSource Engine Query\0');
  });
});

describe('payloads of fixed fields', () => {
  it('NTP: a client of version 4', () => {
    const [first = 0] = udpPayload(123);
    expect(udpPayload(123)).toHaveLength(48);
    expect({ version: (first >> 3) & 7, mode: first & 7 }).toEqual({ version: 4, mode: 3 });
    expect(
      udpPayload(123)
        .subarray(1)
        .every((byte) => byte === 0),
    ).toBe(true);
  });

  it('CoAP: GET of the list of resources', () => {
    const bytes = udpPayload(5_683);
    const [first = 0, code = 0] = bytes;
    expect({ version: first >> 6, type: (first >> 4) & 3, tokenBytes: first & 15, code }).toEqual({
      version: 1,
      type: 0,
      tokenBytes: 0,
      code: 1,
    });
    const path: string[] = [];
    let option = 0;
    for (let at = 4; at < bytes.length; ) {
      const [head = 0] = bytes.subarray(at);
      option += head >> 4;
      expect(option).toBe(11);
      path.push(text(bytes.subarray(at + 1, at + 1 + (head & 15))));
      at += 1 + (head & 15);
    }
    expect(path).toEqual(['.well-known', 'core']);
  });

  it('STUN: a binding request without attributes', () => {
    const view = viewOf(3_478);
    expect([view.getUint16(0), view.getUint16(2), view.getUint32(4)]).toEqual([1, 0, 0x2112_a442]);
    expect(view.byteLength).toBe(20);
  });

  it('RIP: the whole table', () => {
    const view = viewOf(520);
    expect([view.getUint8(0), view.getUint8(1), view.getUint16(4), view.getUint32(20)]).toEqual([
      1, 2, 0, 16,
    ]);
    expect(view.byteLength).toBe(24);
  });

  it('RMCP: a presence ping of ASF', () => {
    const view = viewOf(623);
    expect([view.getUint8(0), view.getUint8(3), view.getUint32(4), view.getUint8(8)]).toEqual([
      6, 6, 4_542, 0x80,
    ]);
    expect(view.getUint8(11)).toBe(view.byteLength - 12);
  });

  it('NAT-PMP, SQL Server, XDMCP, OpenVPN: their first question', () => {
    expect(udpPayload(5_351)).toEqual(Uint8Array.of(0, 0));
    expect(udpPayload(1_434)).toEqual(Uint8Array.of(3));
    const xdmcp = viewOf(177);
    expect([xdmcp.getUint16(0), xdmcp.getUint16(2), xdmcp.getUint16(4)]).toEqual([
      1,
      2,
      xdmcp.byteLength - 6,
    ]);
    const vpn = viewOf(1_194);
    expect([vpn.getUint8(0) >> 3, vpn.getUint8(0) & 7, vpn.getUint8(9), vpn.getUint32(10)]).toEqual([
      7, 0, 0, 0,
    ]);
    expect(vpn.byteLength).toBe(14);
  });
});

function numberOf(bytes: Uint8Array): bigint {
  return bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
}

describe('payloads of protected protocols', () => {
  it.each([
    [500, 0],
    [4_500, 4],
  ])('IKE on port %i: security association, key exchange, nonce', (port, before) => {
    expect(
      udpPayload(port)
        .subarray(0, before)
        .every((byte) => byte === 0),
    ).toBe(true);
    const bytes = udpPayload(port).subarray(before);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    expect(view.getBigUint64(0)).not.toBe(0n);
    expect(view.getBigUint64(8)).toBe(0n);
    expect([view.getUint8(17), view.getUint8(18), view.getUint8(19)]).toEqual([0x20, 34, 8]);
    expect(view.getUint32(24)).toBe(view.byteLength);
    const payloads: number[][] = [];
    let next = view.getUint8(16);
    let at = 28;
    for (; next !== 0; at += view.getUint16(at + 2)) {
      payloads.push([next, view.getUint16(at + 2)]);
      next = view.getUint8(at);
    }
    expect(payloads).toEqual([
      [33, 48],
      [34, 8 + 64],
      [40, 4 + 32],
    ]);
    expect(at).toBe(view.byteLength);
    // One proposal of four transforms that fill it, and the group of the key exchange among them.
    expect([view.getUint16(28 + 4 + 2), view.getUint8(28 + 4 + 7)]).toEqual([44, 4]);
    const transforms: number[] = [];
    for (let entry = 28 + 12; entry < 28 + 48; entry += view.getUint16(entry + 2))
      transforms.push(view.getUint8(entry + 4));
    expect(transforms).toEqual([1, 2, 3, 4]);
    expect(view.getUint16(28 + 48 + 4)).toBe(19);
  });

  it('IKE: offers a point of the curve P-256', () => {
    const key = udpPayload(500).subarray(28 + 48 + 8, 28 + 48 + 8 + 64);
    const [x, y] = [numberOf(key.subarray(0, 32)), numberOf(key.subarray(32))];
    const p = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
    const b = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;
    expect((y * y - x * x * x + 3n * x - b) % p).toBe(0n);
  });

  it('QUIC: a long header of a version that nobody speaks, long enough to be answered', () => {
    const view = viewOf(443);
    expect(view.byteLength).toBe(1_200);
    expect(view.getUint8(0) & 0xc0).toBe(0xc0);
    expect(view.getUint32(1) & 0x0f0f_0f0f).toBe(0x0a0a_0a0a);
    const length = view.getUint8(5);
    expect(length).toBeGreaterThanOrEqual(8);
    expect(view.getUint8(6 + length)).toBe(0);
  });

  it('DTLS: a client hello that fills its record', () => {
    const view = viewOf(5_684);
    expect([view.getUint8(0), view.getUint16(1), view.getUint16(11)]).toEqual([
      22,
      0xfeff,
      view.byteLength - 13,
    ]);
    expect(view.getUint8(13)).toBe(1);
    expect([view.getUint16(15), view.getUint16(23)]).toEqual([view.byteLength - 25, view.byteLength - 25]);
    let at = 25 + 2 + 32;
    expect(view.getUint16(25)).toBe(0xfefd);
    // No session, no cookie.
    expect([view.getUint8(at), view.getUint8(at + 1)]).toEqual([0, 0]);
    at += 2;
    const suites = view.getUint16(at) / 2;
    at += 2 + 2 * suites;
    expect([view.getUint8(at), view.getUint8(at + 1)]).toEqual([1, 0]);
    at += 2;
    const end = at + 2 + view.getUint16(at);
    at += 2;
    const extensions: number[] = [];
    for (; at < end; at += 4 + view.getUint16(at + 2)) extensions.push(view.getUint16(at));
    expect([at, end]).toEqual([view.byteLength, view.byteLength]);
    expect(extensions).toEqual([10, 13]);
  });
});

describe('other ports', () => {
  it('get an empty datagram, printers above all', () => {
    const probed = Array.from({ length: 65_536 }, (_, port) => port).filter(
      (port) => udpPayload(port).length > 0,
    );
    expect(probed).toHaveLength(26);
    for (let port = 9_100; port <= 9_107; port += 1) expect(udpPayload(port)).toHaveLength(0);
    expect(Math.max(...probed.map((port) => udpPayload(port).length))).toBeLessThanOrEqual(1_200);
  });
});
