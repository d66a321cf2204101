import { ScanoramaError } from '#domain/errors/error.js';
import type { Protocol } from '#domain/ports/protocol.js';
import { registeredPorts } from '#domain/ports/service-name.js';

/**
 * Our own ranking, by what is met most often on networks: the web and remote access first, then mail, files,
 * databases, management, industry. What follows it is every other registered port, ascending.
 */
const COMMON_PORTS: Readonly<Record<Protocol, readonly number[]>> = {
  tcp: [
    // Web, remote access, the services every network has.
    443, 80, 22, 445, 3389, 8080, 53, 139, 135, 21, 25, 23, 8443, 110, 143, 993, 995, 587, 465, 3306,
    // Printing, directories, file sharing and their helpers.
    111, 5900, 631, 9100, 515, 389, 636, 2049, 548, 873, 88, 464, 3268, 3269, 593, 5985, 5986, 47001, 179,
    1723,
    // Databases, caches, queues.
    5432, 1433, 6379, 27017, 1521, 9200, 11211, 5672, 1883, 9092, 2181, 5984, 9042, 8086, 50000, 8883, 61616,
    15672, 4369, 7687,
    // Alternative web ports and development servers.
    8000, 8888, 8081, 3000, 5000, 9000, 8008, 81, 82, 8082, 8083, 8084, 8085, 8090, 8091, 8088, 8089, 9090,
    9443, 4443, 10443, 7443, 8444, 9001, 9080, 7080, 6080, 8001, 8002, 8010, 8180, 8181, 8280, 8800, 8880,
    9999, 7000, 7070, 4000, 4200, 3001, 5001, 5173, 8009, 591, 83, 84, 85, 8889, 9002, 9003, 9091, 9981,
    12345, 2000, 2001, 10080, 18080, 28080, 38080,
    // Containers, orchestration, monitoring, continuous integration.
    2375, 2376, 2377, 2379, 2380, 6443, 10250, 10255, 10256, 8500, 8200, 4646, 9093, 9094, 9115, 3100, 5601,
    9300, 8123, 50051,
    // Administration of servers, hypervisors, storage and hosting panels.
    10000, 2082, 2083, 2086, 2087, 2095, 2096, 902, 903, 8006, 5988, 5989, 623, 664, 16992, 16993, 17988,
    17990, 3260, 860,
    // Remote control and other shells.
    2222, 22222, 5901, 5902, 5903, 5800, 5938, 4899, 3390, 512, 513, 514, 2323, 992, 5555, 62078, 7680, 5357,
    6000, 6001,
    // Telephony, streaming, cameras, chat.
    5060, 5061, 1720, 2967, 554, 8554, 1935, 37777, 34567, 8899, 5222, 5223, 5269, 5280, 6667, 6697, 1863,
    64738, 9987, 25565,
    // Network equipment, proxies, tunnels, routing.
    7547, 8291, 8728, 8729, 4786, 1080, 3128, 1194, 500, 4500, 1701, 1812, 646, 49, 161, 199, 264, 830, 6653,
    6633,
    // Industry and buildings.
    502, 102, 20000, 44818, 4840, 47808, 1911, 4911, 2404, 789, 9600, 1962, 5007, 18245, 20547, 11112, 104,
    2575, 4712, 50100,
    // Enterprise software, backup, mail and news left over.
    1099, 1098, 7001, 7002, 4848, 8161, 8686, 8983, 7474, 28017, 3299, 3200, 1352, 1494, 2598, 1414, 1526,
    1434, 5433, 3307, 10050, 10051, 5666, 12489, 9418, 3690, 2401, 79, 113, 119, 106, 26, 2525, 4190, 990,
    989, 20, 7, 9, 13,
    // The first dynamic ports, where Windows listens.
    49152, 49153, 49154, 49155, 49156, 49157, 49158, 49664, 49665, 49666, 49667, 49668, 49669, 49670, 37, 17,
    19, 43, 70, 1900,
  ],
  udp: [
    // Name service, time, addresses, management.
    53, 161, 123, 137, 5353, 67, 1900, 500, 69, 138, 4500, 5355, 68, 162, 514, 111, 443, 1194, 51820, 5060,
    // Directories, files, telephony, tunnels.
    88, 389, 464, 2049, 1701, 3478, 1812, 1813, 1645, 1646, 520, 521, 546, 547, 3702, 445, 139, 135, 631, 623,
    // Databases, caches, games, devices.
    1434, 11211, 5683, 5684, 47808, 44818, 3389, 5351, 10001, 27015, 19132, 9987, 64738, 6881, 34964, 20000,
    17185, 2123, 2152, 3391,
    // Old and simple services that amplify.
    19, 17, 7, 13, 37, 9, 80, 177, 427, 1604, 5093, 3283, 32412, 32414, 10080, 8472, 4789, 6081, 4739, 2055,
  ],
};

const rankings: { [protocol in Protocol]?: readonly number[] } = {};

/** The `count` highest-ranked ports, best first. Throws `invalid_ports` below 1 and beyond the end of the ranking. */
export function topPorts(protocol: Protocol, count: number): number[] {
  const ranking = (rankings[protocol] ??= rank(protocol));
  if (!Number.isInteger(count) || count < 1 || count > ranking.length) {
    const name = protocol.toUpperCase();
    throw new ScanoramaError(
      'invalid_ports',
      `The ranking has ${ranking.length} ${name} ports, so top-N takes an N of 1 to ${ranking.length}.`,
      {
        hint: 'Write top-100, or a range such as 1-65535.',
        facts: { maximum: ranking.length },
      },
    );
  }
  return ranking.slice(0, count);
}

function rank(protocol: Protocol): readonly number[] {
  return [...new Set([...COMMON_PORTS[protocol], ...registeredPorts(protocol)])];
}
