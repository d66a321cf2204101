/** Where the copy of Node.js goes that may send raw packets. */
const PRIVILEGED_NODE = '/usr/local/lib/scanorama/node';
const SERVICE_SETTINGS = '/etc/systemd/system/scanorama.service.d/raw-packets.conf';

/**
 * Makes a copy of this Node.js that the caller's group alone may run, lets it send raw packets, and names it to
 * Scanorama. The shared node stays as it is: with the capability, every program of every user would have it.
 */
export function rawPacketsCommand(nodePath: string): string {
  const allow = `sudo setcap cap_net_raw+ep ${PRIVILEGED_NODE}`;
  if (nodePath === PRIVILEGED_NODE) return allow;
  const copy = `sudo install -D -m 0750 -g "$(id -gn)" ${shellWord(nodePath)} ${PRIVILEGED_NODE}`;
  return [copy, allow, `export SCANORAMA_PROBER_NODE=${PRIVILEGED_NODE}`].join(' && ');
}

/** Gives the privilege to the service alone, for as long as it runs; its prober inherits it. */
export function rawPacketsServiceCommand(): string {
  return [
    `sudo mkdir -p ${SERVICE_SETTINGS.slice(0, SERVICE_SETTINGS.lastIndexOf('/'))}`,
    `printf '[Service]\\nAmbientCapabilities=CAP_NET_RAW\\n' | sudo tee ${SERVICE_SETTINGS}`,
    'sudo systemctl daemon-reload',
    'sudo systemctl restart scanorama',
  ].join(' && ');
}

function shellWord(text: string): string {
  return /^[\w./+-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
