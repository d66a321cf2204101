import { sql } from 'kysely';
import { listSuggestions } from '#store/devices/device-suggestions.js';
import type { WorkContext } from '#work/context/context.js';
import { answerSuggestion, mergeDevices, undoDecision } from '#work/devices/decide-devices.js';
import { identifyDevices } from '#work/devices/identify-devices.js';
import { day, seeHosts } from '../hosts/device-observations.ts';
import { type Damage, one } from './damage.ts';

const actor = 'os:tester';
const ELSEWHERE = sql`INSERT INTO sites (uid, name) VALUES (gen_random_uuid(), 'elsewhere')`;
const elsewhere = sql`(SELECT id FROM sites WHERE name = 'elsewhere')`;

const clone = (host: number) => ({
  address: `198.18.81.${host}`,
  mac: `00:0c:29:00:81:0${host}`,
  name: `clone-${host}.test`,
  ssh: 'clone',
});

/** Devices of every kind, one suggestion, decisions of which one is undone, and an entry of the queue. */
export async function decideOnDevices(context: WorkContext): Promise<void> {
  await seeHosts(context, day(1), [clone(1), clone(2)]);
  await seeHosts(context, day(1), [{ address: '198.18.81.4', mac: '00:00:5e:00:01:51' }]);
  await identifyDevices(context, new AbortController().signal);
  const [suggestion] = await listSuggestions(context.store.read, { limit: 1, offset: 0 }, undefined);
  const answer = { uid: suggestion?.uid ?? '', accept: false };
  const { decision } = await answerSuggestion(context, answer, { actor });
  await undoDecision(context, decision ?? '', { actor });
  await mergeDevices(context, { devices: ['198.18.81.1', '198.18.81.4'] }, { actor });
  await ELSEWHERE.execute(context.store.read);
  await sql`INSERT INTO device_queue (host_id) SELECT min(id) FROM hosts`.execute(context.store.read);
}

const TENURES = 'every address belongs to one device at a time';
const OLDEST = 'a device has the id of its oldest stay';
const SUGGESTED = 'suggestions are of two devices of one site';
const DECIDED = 'decisions about devices stay within their site';

/** To devices and their evidence. */
export const DEVICE_DAMAGES: readonly Damage[] = [
  {
    check: TENURES,
    what: 'a tenure of the stay of another address',
    done: sql`UPDATE device_hosts SET binding_id = (SELECT max(id) FROM device_bindings) WHERE ${one('device_hosts')}`,
  },
  {
    check: TENURES,
    what: 'an address that had no device at first',
    done: sql`UPDATE device_hosts SET since = now() WHERE ${one('device_hosts')}`,
  },
  {
    check: OLDEST,
    what: 'a device without addresses',
    done: sql`DELETE FROM device_hosts WHERE device_id = (SELECT max(id) FROM devices)`,
  },
  {
    check: OLDEST,
    what: 'a device of another site',
    done: sql`UPDATE devices SET site_id = ${elsewhere} WHERE ${one('devices')}`,
  },
  {
    check: SUGGESTED,
    what: 'a suggestion the wrong way round',
    done: sql`UPDATE device_suggestions SET one_id = other_id, other_id = one_id WHERE ${one('device_suggestions')}`,
  },
  {
    check: 'device evidence is of the site of its host',
    what: 'evidence of another site',
    done: sql`UPDATE device_evidence SET site_id = ${elsewhere} WHERE ${one('device_evidence')}`,
  },
  {
    check: DECIDED,
    what: 'a decision of another site',
    done: sql`UPDATE device_decisions SET site_id = ${elsewhere} WHERE kind = 'merge'`,
  },
];

/** Damage that only computing devices anew can detect: the devices of `decideOnDevices` changed directly in the tables. */
export const RECOMPUTED_DAMAGES: readonly Omit<Damage, 'check'>[] = [
  {
    what: 'two devices that were made one',
    done: sql`UPDATE device_hosts SET device_id = (SELECT max(id) FROM devices WHERE kind <> 'floating' AND id < (SELECT max(id) FROM devices))
      WHERE device_id = (SELECT max(id) FROM devices)`,
  },
  {
    what: 'a device of another kind',
    done: sql`UPDATE devices SET kind = 'floating' WHERE id = (SELECT max(id) FROM devices)`,
  },
  { what: 'a lost suggestion', done: sql`DELETE FROM device_suggestions` },
  {
    what: 'lost evidence',
    done: sql`DELETE FROM device_evidence WHERE kind = 'ssh_host_key' AND ${one('device_evidence', sql`kind = 'ssh_host_key'`)}`,
  },
  { what: 'a lost undo', done: sql`DELETE FROM device_decisions WHERE kind = 'undo'` },
];
