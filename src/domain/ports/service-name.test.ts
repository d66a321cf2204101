import { describe, expect, test } from 'vitest';
import { PROTOCOLS } from '#domain/ports/protocol.js';
import { portsByService, registeredPorts, serviceName } from '#domain/ports/service-name.js';

test.each([
  ['tcp', 22, 'ssh'],
  ['tcp', 80, 'http'],
  ['tcp', 443, 'https'],
  ['tcp', 5432, 'postgresql'],
  ['udp', 53, 'domain'],
  ['udp', 514, 'syslog'],
  ['tcp', 514, 'shell'],
  ['udp', 51820, 'wireguard'],
  ['tcp', 6443, 'kubernetes-api'],
  ['tcp', 4, undefined],
  ['tcp', 0, undefined],
  ['tcp', 65535, undefined],
  ['tcp', 70000, undefined],
  ['tcp', Number.NaN, undefined],
] as const)('%s %d is %s', (protocol, port, name) => {
  expect(serviceName(protocol, port)).toBe(name);
});

describe('portsByService', () => {
  test.each([
    ['tcp', 'ssh', [22]],
    ['tcp', 'HTTP', [80]],
    ['tcp', 'www-http', [80]],
    ['tcp', 'http-alt', [591, 8000, 8008, 8080, 8081, 8888]],
    ['udp', 'syslog', [514]],
    ['tcp', 'syslog', []],
    ['tcp', 'dns', [53]],
    ['tcp', '', []],
    ['tcp', 'constructor', []],
  ] as const)('%s %s is %j', (protocol, name, ports) => {
    expect(portsByService(protocol, name)).toEqual(ports);
  });

  test.each(PROTOCOLS)('every registered %s port has a name that leads back to it', (protocol) => {
    const ports = registeredPorts(protocol);
    expect(ports.length).toBeGreaterThan(5_000);
    expect(ports).toEqual([...new Set(ports)].sort((a, b) => a - b));
    expect(ports[0]).toBe(1);
    for (const port of ports)
      expect(portsByService(protocol, serviceName(protocol, port) ?? '')).toContain(port);
  });
});
