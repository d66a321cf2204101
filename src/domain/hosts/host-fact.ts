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
  'ssh_host_key',
  'tls_certificate',
  'deleted',
  'flapping',
  'ignored',
  'custom_name',
  'down_after_misses',
  'gone_after_days',
] as const;
export type HostFact = (typeof HOST_FACTS)[number];
