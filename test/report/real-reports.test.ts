import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { NmapHost } from '#report/nmap/nmap-types.js';
import { NmapReader } from '#report/nmap/nmap-xml.js';
import { sharedData } from '../support/programs/shared-data.ts';

const folder = sharedData('nmap');

const textOf = (name: string) => readFileSync(join(folder ?? '', name), 'utf8');

interface Counts {
  readonly version: string | undefined;
  readonly hosts: number;
  readonly ports: number;
  readonly open: number;
  readonly probed: number;
  readonly extraPorts: number;
  readonly scripts: number;
  readonly osMatches: number;
}

function read(text: string) {
  const reader = new NmapReader();
  const hosts = [...reader.write(text)];
  return { hosts, ending: reader.end() };
}

function countsOf(version: string | undefined, hosts: readonly NmapHost[]): Counts {
  const ports = hosts.flatMap((host) => host.ports);
  return {
    version,
    hosts: hosts.length,
    ports: ports.length,
    open: ports.filter(({ state }) => state === 'open').length,
    probed: ports.filter(({ service }) => service?.method === 'probed').length,
    extraPorts: hosts.flatMap((host) => host.extraPorts).reduce((sum, { count = 0 }) => sum + count, 0),
    scripts: hosts.flatMap((host) => [...host.scripts, ...host.ports.flatMap((port) => port.scripts)]).length,
    osMatches: hosts.flatMap((host) => host.osMatches).length,
  };
}

/** Counted in the files independently. */
const EXPECTED: Readonly<Record<string, Counts>> = {
  'home_nmap-linux_host_scan.xml': counts('7.80', [2, 4, 4, 2, 1996, 0, 2]),
  'libnmap-1_hosts_banner.xml': counts('5.51', [1, 5, 5, 5, 995, 0, 0]),
  'libnmap-1_hosts_banner_ports_xmas.xml': counts('5.51', [1, 4, 0, 0, 0, 0, 0]),
  'libnmap-1_hosts_down.xml': counts('5.51', [1, 0, 0, 0, 1000, 0, 0]),
  'libnmap-1_os_banner_scripts.xml': counts('5.51', [1, 8, 8, 7, 992, 6, 9]),
  'libnmap-2_hosts.xml': counts('5.51', [2, 9, 8, 0, 1991, 0, 0]),
  'libnmap-2_tcp_hosts.xml': counts('5.51', [2, 9, 8, 0, 1991, 0, 0]),
  'libnmap-dionaea_scan.xml': counts('7.91', [1, 16, 16, 10, 65_519, 55, 1]),
  'ullaakut-scan_base.xml': counts('4.53', [1, 2, 1, 1, 1712, 2, 10]),
  'ullaakut-scan_invalid_services.xml': counts(undefined, [4, 6, 5, 0, 0, 0, 0]),
};

function counts(version: string | undefined, numbers: readonly number[]): Counts {
  const [hosts = 0, ports = 0, open = 0, probed = 0, extraPorts = 0, scripts = 0, osMatches = 0] = numbers;
  return { version, hosts, ports, open, probed, extraPorts, scripts, osMatches };
}

describe.skipIf(folder === undefined)('reports written by other nmap installations', () => {
  it('are all tested here', () => {
    const names = readdirSync(folder ?? '');
    const others = names.filter((name) => EXPECTED[name] === undefined);
    expect(others.filter((name) => !/defused|scan_error/.test(name))).toEqual([]);
  });

  it.each(Object.entries(EXPECTED))('%s is read whole', (name, expected) => {
    const { hosts, ending } = read(textOf(name));
    expect(ending).toMatchObject({ fault: undefined, hosts: hosts.length });
    expect(countsOf(ending.run.version, hosts)).toEqual(expected);
  });

  it.each([
    ['ullaakut-scan_error_other.xml', 'The scanner gave up: Unsupported error'],
    ['ullaakut-scan_error_resolving_name.xml', 'The scanner gave up: Error resolving name localhost'],
  ])('%s is reported as failed', (name, message) => {
    const { hosts, ending } = read(textOf(name));
    expect(hosts).toEqual([]);
    expect(ending.fault).toMatchObject({ reason: 'scanner-failed', message });
  });

  it.each(['libnmap-defused_et_included.xml', 'libnmap-defused_et_local_includer.xml'])(
    '%s is refused',
    (name) => {
      expect(() => read(textOf(name))).toThrow(expect.objectContaining({ code: 'invalid_report' }));
    },
  );
});
