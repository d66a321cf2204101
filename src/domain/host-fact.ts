/** What `host_history` keeps the changes of. */
export const HOST_FACTS = [
  'status',
  'hostname',
  'mac_address',
  'vendor',
  'os_family',
  'os_name',
  'port',
  'service',
  'deleted',
] as const;
export type HostFact = (typeof HOST_FACTS)[number];

/** Facts of one port of a host; all others are of the host itself. */
export const PORT_FACTS = ['port', 'service'] as const satisfies readonly HostFact[];
