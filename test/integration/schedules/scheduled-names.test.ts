import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ScanWhat } from '#domain/schedules/schedule.js';
import type { WorkContext } from '#work/context/context.js';
import { addTag, changeTag, removeTag } from '#work/edits/tags.js';
import { addNetwork, changeNetwork, removeNetwork } from '#work/networks/networks.js';
import { changeSchedule, createSchedule, type ScheduleOrder } from '#work/schedules/schedules.js';
import { changeSite, type SiteChange } from '#work/sites/sites.js';
import { openScheduleLab, orderOf, type ScheduleLab, WHAT } from '../../support/api/schedule-lab.ts';
import { createWorkContext } from '../../support/programs/work-context.ts';

/** Storing a schedule and removing what it names, at the same time. */
let lab: ScheduleLab;
let network: string;
beforeEach(async () => {
  lab = await openScheduleLab();
  network = (
    await addNetwork(lab.context, {
      cidr: '127.0.60.0/30',
      name: 'office',
      description: null,
      site: 'default',
      actor: 'test',
    })
  ).uid;
  await addTag(lab.context, { name: 'nightly', actor: 'test' });
});
afterEach(() => lab.close());

interface Paused {
  readonly context: WorkContext;
  /** Resolves when the next transaction has reached its stopping point. */
  readonly reached: Promise<void>;
  go(): void;
}

/** A store whose transactions stop before they begin, or before they commit, until they are released. */
function pausedAt(place: 'begin' | 'commit'): Paused {
  const reached = Promise.withResolvers<void>();
  const mayGo = Promise.withResolvers<void>();
  const stop = () => {
    reached.resolve();
    return mayGo.promise;
  };
  const { store } = lab.db;
  const context = createWorkContext({
    ...store,
    async transaction(work, options) {
      if (place === 'begin') await stop();
      return store.transaction(async (executor) => {
        const result = await work(executor);
        if (place === 'commit') await stop();
        return result;
      }, options);
    },
  });
  return { context, reached: reached.promise, go: mayGo.resolve };
}

const store = (context: WorkContext, more: Partial<ScheduleOrder>) =>
  createSchedule(context, orderOf(more), { signal: lab.signal, now: lab.now });

const probing = (targets: string): Partial<ScheduleOrder> => ({
  input: { kind: 'scan', task: { ...WHAT, targets: [targets] } },
});
const giving: Partial<ScheduleOrder> = { input: { kind: 'scan', task: { ...WHAT, tags: ['Nightly'] } } };
const meaning = (filter: string): Partial<ScheduleOrder> => ({
  input: { kind: 'smart_scan', task: { filter } },
  site: null,
});

type Act = (context: WorkContext) => Promise<unknown>;
const removesNetwork: Act = (context) => removeNetwork(context, network, 'test');
const renamesNetwork: Act = (context) =>
  changeNetwork(context, network, { input: { name: 'bureau' }, actor: 'test' });
const removesTag: Act = (context) => removeTag(context, 'nightly', 'test');
const renamesTag: Act = (context) =>
  changeTag(context, 'nightly', { input: { name: 'daily' }, actor: 'test' });

const CASES: readonly [string, Partial<ScheduleOrder>, Act, code: string][] = [
  ['a network that is removed', probing('network:office'), removesNetwork, 'conflict'],
  ['a network that is renamed', probing('network:office'), renamesNetwork, 'conflict'],
  ['a network of a filter', meaning('network:office'), removesNetwork, 'filter_names_nothing'],
  ['a tag that is removed', giving, removesTag, 'conflict'],
  ['a tag that is renamed', giving, renamesTag, 'conflict'],
  ['a tag of a filter', meaning('tag:nightly'), removesTag, 'filter_names_nothing'],
];

/** Resolves once `work` is over or a session waits for a row that another one has locked. */
async function overOrWaiting(work: Promise<unknown>): Promise<void> {
  let isOver = false;
  const over = () => {
    isOver = true;
  };
  work.then(over, over);
  const waits = async () => {
    const { rows } = await sql<{ count: number }>`
      SELECT count(*) AS count FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event_type = 'Lock'`.execute(lab.db.store.read);
    return isOver || (rows[0]?.count ?? 0) > 0;
  };
  await expect.poll(waits).toBe(true);
}

describe.each(CASES)('%s', (_name, order, act, code) => {
  it('while a schedule is stored that names it: the schedule is refused', async () => {
    const storing = pausedAt('begin');
    const removing = pausedAt('commit');
    const stored = store(storing.context, order);
    const outcome = expect(stored).rejects.toMatchObject({ code });
    await storing.reached;
    const acted = act(removing.context);
    // It has checked that no schedule names it.
    await removing.reached;
    storing.go();
    await overOrWaiting(stored);
    removing.go();
    await acted;
    await outcome;
  });

  it('after a schedule is stored, and before that is committed: keeps its name', async () => {
    const storing = pausedAt('commit');
    const stored = store(storing.context, order);
    await storing.reached;
    const acted = act(lab.context);
    const outcome = expect(acted).rejects.toMatchObject({ code: 'conflict' });
    await overOrWaiting(acted);
    storing.go();
    await stored;
    await outcome;
  });
});

it('a change of the targets of a schedule is refused in the same way', async () => {
  await lab.make();
  const changing = pausedAt('begin');
  const change = { input: { kind: 'scan', task: { ...WHAT, targets: ['network:office'] } } } as const;
  const { signal, now } = lab;
  const changed = changeSchedule(changing.context, 'hourly', { change, actor: 'test', signal, now });
  const outcome = expect(changed).rejects.toMatchObject({ code: 'conflict' });
  await changing.reached;
  await removesNetwork(lab.context);
  changing.go();
  await outcome;
});

it('while a network is disabled, a change that keeps the targets of its schedule is accepted', async () => {
  await lab.make(probing('network:office'));
  await lab.make({ ...probing('network:127.0.60.0/30'), name: 'paused', enabled: false });
  const disable = { input: { enabled: false }, actor: 'test' } as const;
  expect(await changeNetwork(lab.context, network, disable)).toMatchObject({
    enabled: false,
    failingSchedules: ['hourly'],
  });
  const probes = (targets: string[], ports: string) =>
    lab.change({ input: { kind: 'scan', task: { ...WHAT, targets, settings: { ports } } } });
  expect((await probes(['network:office'], '2')).task).toMatchObject({ settings: { ports: '2' } });
  await expect(probes(['network:office', '127.0.60.9'], '2')).rejects.toMatchObject({ code: 'conflict' });
  await lab.change({ enabled: false });
  await expect(lab.change({ enabled: true })).rejects.toMatchObject({ code: 'conflict' });
  await changeNetwork(lab.context, network, { input: { enabled: true }, actor: 'test' });
  expect(await lab.change({ enabled: true })).toMatchObject({ enabled: true });
});

it('a new scope reports which schedules it refuses from then on', async () => {
  await addNetwork(lab.context, {
    cidr: '198.18.4.0/30',
    name: 'far',
    description: null,
    site: 'default',
    actor: 'test',
  });
  const probes = (name: string, more: Partial<ScanWhat>, enabled = true) =>
    lab.make({ name, enabled, input: { kind: 'scan', task: { ...WHAT, ...more } } });
  await probes('here', {});
  await probes('address', { targets: ['198.18.4.1'] });
  await probes('network', { targets: ['network:far'] });
  await probes('all', { targets: [], configuredNetworks: true });
  await probes('part', { targets: ['198.18.4.0/29'], exclude: ['198.18.4.4/30'] });
  await probes('careless', { targets: ['198.18.4.1'], outsideScope: true });
  await probes('paused', { targets: ['198.18.4.1'] }, false);
  const scoped = async (change: SiteChange) =>
    (await changeSite(lab.context, 'default', { change, actor: 'test' })).failingSchedules;
  expect(await scoped({ scope: ['198.18.4.0/30'] })).toEqual([]);
  expect(await scoped({ scope: ['198.18.4.0/31'] })).toEqual(['all', 'network', 'part']);
  expect(await scoped({ scope: ['198.18.9.0/24'] })).toEqual(['address', 'all', 'network', 'part']);
  expect(await scoped({ scopeAdd: ['198.18.4.0/30'] })).toEqual([]);
  await probes('unsure', { targets: ['198.18.4.1'], confirmUnscoped: false });
  // Targets that were confirmed beforehand are not refused.
  expect(await scoped({ scope: [] })).toEqual(['unsure']);
});

const every = (ports: string) =>
  ({
    kind: 'scan',
    task: { ...WHAT, targets: [], configuredNetworks: true, settings: { ports } },
  }) as const;

it('and so is one of a schedule of all enabled networks, when there are none', async () => {
  await lab.make({ input: every('1') });
  const other = { cidr: '127.0.61.0/30', name: 'other', description: null, site: 'default', actor: 'test' };
  const { uid } = await addNetwork(lab.context, other);
  const disable = { input: { enabled: false }, actor: 'test' } as const;
  expect(await changeNetwork(lab.context, network, disable)).toMatchObject({ failingSchedules: [] });
  expect(await changeNetwork(lab.context, uid, disable)).toMatchObject({ failingSchedules: ['hourly'] });
  expect((await lab.change({ input: every('2') })).task).toMatchObject({ settings: { ports: '2' } });
});
