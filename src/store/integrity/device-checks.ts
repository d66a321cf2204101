import { sql } from 'kysely';
import { HOSTS } from '#store/integrity/axes.js';
import type { IntegrityQuestion } from '#store/integrity/question.js';

/** Whether stored devices fit together. That they are what evidence says, `src/work/devices/verify-devices.ts` computes. */
export const DEVICE_QUESTIONS: readonly IntegrityQuestion[] = [
  {
    name: 'every address belongs to one device at a time',
    description:
      'The first tenure of an address begins with time itself, and each is of a stay at that address.',
    axis: HOSTS,
    faults: (within) => sql`
      SELECT format('host %s since %s', own.host_id, own.since) AS fault
      FROM device_hosts own JOIN device_bindings binding ON binding.id = own.binding_id
      WHERE ${within('own.host_id')} AND (binding.host_id <> own.host_id OR NOT isfinite(own.since) AND own.since > now())
      UNION ALL
      SELECT format('host %s', own.host_id) FROM device_hosts own WHERE ${within('own.host_id')}
      GROUP BY own.host_id HAVING min(own.since) <> '-infinity'`,
  },
  {
    name: 'a device has the id of its oldest stay',
    description: 'A device has addresses, all of its own site, and is called by the oldest of its stays.',
    axis: null,
    faults: () => sql`
      SELECT format('device %s', device.id) AS fault
      FROM devices device LEFT JOIN device_hosts own ON own.device_id = device.id LEFT JOIN hosts host ON host.id = own.host_id
      GROUP BY device.id, device.site_id
      HAVING min(own.binding_id) IS DISTINCT FROM device.id OR bool_or(host.site_id <> device.site_id)`,
  },
  {
    name: 'suggestions are of two devices of one site',
    description: 'The older device comes first, so that no two suggestions are the same.',
    axis: null,
    faults: () => sql`
      SELECT format('devices %s and %s', near.one_id, near.other_id) AS fault
      FROM device_suggestions near JOIN devices one ON one.id = near.one_id JOIN devices other ON other.id = near.other_id
      WHERE near.one_id > near.other_id OR one.site_id <> other.site_id`,
  },
  {
    name: 'device evidence is of the site of its host',
    description: 'The site that evidence names is the one of its host.',
    axis: HOSTS,
    faults: (within) => sql`
      SELECT format('host %s %s %s', seen.host_id, seen.kind, seen.value) AS fault
      FROM device_evidence seen JOIN hosts host ON host.id = seen.host_id
      WHERE ${within('seen.host_id')} AND seen.site_id <> host.site_id`,
  },
  {
    name: 'decisions about devices stay within their site',
    description: 'All that a decision names is of its site, and a decision that is taken back is too.',
    axis: null,
    faults: () => sql`
      SELECT format('decision %s', decision.id) AS fault
      FROM device_decisions decision JOIN device_decision_bindings named ON named.decision_id = decision.id
        JOIN device_bindings binding ON binding.id = named.binding_id JOIN hosts host ON host.id = binding.host_id
      WHERE host.site_id <> decision.site_id
      UNION ALL
      SELECT format('decision %s', undoing.id) FROM device_decisions undoing
        JOIN device_decisions undone ON undone.id = undoing.undoes WHERE undone.site_id <> undoing.site_id`,
  },
];
