import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { must } from './namespaces.ts';
import { SERVICES, SERVICES_ADDRESS, type Service } from './truth.ts';

export interface ServiceCommand {
  readonly service: Service;
  readonly command: string;
  readonly args: readonly string[];
}

type Preparation = (folder: string) => readonly string[];

/** Arguments that keep a service in the foreground and its files in its own folder. */
const PREPARATIONS: Readonly<Record<Service['package'], Preparation>> = {
  'openssh-server': (folder) => {
    const key = join(folder, 'host-key');
    must('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
    // The privilege separation directory of sshd, which does not start without it.
    mkdirSync('/run/sshd', { recursive: true });
    const config = write(folder, 'sshd.conf', [
      `ListenAddress ${SERVICES_ADDRESS}`,
      `HostKey ${key}`,
      'PidFile none',
      'UsePAM no',
    ]);
    return ['-D', '-f', config];
  },
  'nginx-light': (folder) => {
    const config = write(folder, 'nginx.conf', [
      'daemon off; master_process off;',
      `pid ${folder}/nginx.pid; error_log ${folder}/nginx.log;`,
      'events {}',
      `http { access_log off; client_body_temp_path ${folder}; proxy_temp_path ${folder};`,
      `fastcgi_temp_path ${folder}; uwsgi_temp_path ${folder}; scgi_temp_path ${folder};`,
      `server { listen ${SERVICES_ADDRESS}:80; return 204; } }`,
    ]);
    return ['-c', config, '-e', `${folder}/nginx.log`];
  },
  'dnsmasq-base': () => [
    '--keep-in-foreground',
    '--conf-file=/dev/null',
    '--no-resolv',
    '--no-hosts',
    '--user=root',
    '--bind-interfaces',
    `--listen-address=${SERVICES_ADDRESS}`,
    '--except-interface=lo',
    '--pid-file=',
    '--address=/lab.test/198.18.0.18',
  ],
  snmpd: (folder) => {
    const config = write(folder, 'snmpd.conf', [
      `agentaddress udp:${SERVICES_ADDRESS}:161`,
      'rocommunity public',
      `[snmp] persistentDir ${folder}`,
    ]);
    // Without its smux module, which would listen on every address.
    return ['-f', '-Ln', '-I', '-smux', '-C', '-c', config, '-p', `${folder}/snmpd.pid`];
  },
};

function write(folder: string, name: string, lines: readonly string[]): string {
  const path = join(folder, name);
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

/** How to start each installed service; missing ones are logged with the package that contains them. */
export function installedServices(folder: string): readonly ServiceCommand[] {
  const missing = SERVICES.filter(({ program }) => !existsSync(program));
  if (missing.length > 0) {
    const packages = missing.map((service) => service.package).join(' ');
    console.warn(`NOT IN THE LAB, for want of their packages: apt-get install ${packages}`);
  }
  return SERVICES.filter((service) => !missing.includes(service)).map((service) => {
    const own = join(folder, service.package);
    mkdirSync(own);
    return { service, command: service.program, args: PREPARATIONS[service.package](own) };
  });
}

/** Whether the namespace of a process has a socket of the services' address on each port of the service. */
export function isServing(pid: number, { tcp, udp }: Service): boolean {
  return tcp.every((port) => hasSocket(pid, 'tcp', port)) && udp.every((port) => hasSocket(pid, 'udp', port));
}

/** As the kernel's tables contain it, in the byte order of the machine. Others of the namespace have the same ports. */
const LOCAL_ADDRESS = Buffer.from(SERVICES_ADDRESS.split('.').map(Number).toReversed())
  .toString('hex')
  .toUpperCase();

/** State of a listening TCP socket, and of an unconnected UDP socket, in the kernel's tables. */
const WAITING = { tcp: '0A', udp: '07' } as const;

function hasSocket(pid: number, protocol: 'tcp' | 'udp', port: number): boolean {
  const local = ` ${LOCAL_ADDRESS}:${port.toString(16).toUpperCase().padStart(4, '0')} `;
  try {
    return readFileSync(`/proc/${pid}/net/${protocol}`, 'utf8')
      .split('\n')
      .some((line) => line.includes(local) && line.includes(` ${WAITING[protocol]} `));
  } catch {
    // It has ended; the code that waits for it notices that.
    return false;
  }
}
