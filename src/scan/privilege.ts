/** Where the copy of Node.js goes that may send raw packets. */
const PRIVILEGED_NODE = '/usr/local/lib/scanorama/node';

/**
 * Makes a copy of this Node.js that the caller's group alone may run, lets it send raw packets, and names it to
 * Scanorama. The shared node stays as it is: with the capability, every program of every user would have it.
 */
export function rawPacketsCommand(nodePath: string): string {
  return [
    `sudo install -D -m 0750 -g "$(id -gn)" ${nodePath} ${PRIVILEGED_NODE}`,
    `sudo setcap cap_net_raw+ep ${PRIVILEGED_NODE}`,
    `export SCANORAMA_PROBER_NODE=${PRIVILEGED_NODE}`,
  ].join(' && ');
}
