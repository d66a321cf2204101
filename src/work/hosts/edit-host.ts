import { checkHostName } from '#domain/addresses/host-name.js';
import type { EditedFact } from '#domain/hosts/host-edit-kind.js';
import type { Executor } from '#store/database/database.js';
import { type EditedHost, editHost, lockHostToEdit } from '#store/edits/host-edits.js';
import { recordHostEvents } from '#store/events/events.js';
import type { Actor, WorkContext } from '#work/context/context.js';
import { recordEdit, underEditLock } from '#work/edits/record-edit.js';

/** What is not given stays; null takes it back. */
export interface HostInput {
  readonly customName?: string | null | undefined;
  readonly ignored?: boolean | undefined;
  readonly downAfterMisses?: number | null | undefined;
  readonly goneAfterDays?: number | null | undefined;
}

/**
 * Changes what people say of a host; each change is a fact of its history, with who made it. Another grace holds for runs
 * that complete from then on. Gives the edit that can be taken back, null when nothing changed. Throws `not_found`,
 * `invalid_request`.
 */
export async function changeHost(
  context: WorkContext,
  uid: string,
  { input, actor }: { readonly input: HostInput; readonly actor: Actor },
): Promise<string | null> {
  const values = valuesOf(input);
  const { edit } = await underEditLock(context, async (executor) => {
    const host = await lockHostToEdit(executor, uid);
    return recordEdit(context, executor, {
      terms: { summary: `${summaryOf(values)}: ${host.address}`, actor },
      act: (editId) => setFacts(context, executor, { editId, host, values, actor }),
    });
  });
  context.log.info({ host: uid, edit, actor }, 'host edited');
  return edit;
}

/** As history writes it; null takes it back. */
type FactValue = readonly [fact: EditedFact, value: string | null];

interface FactsToSet {
  readonly editId: number;
  readonly host: EditedHost;
  readonly values: readonly FactValue[];
  readonly actor: Actor;
}

/** Makes facts of a locked host so as a part of an edit, and announces those that change. */
export async function setFacts(
  context: WorkContext,
  executor: Executor,
  { editId, host, values, actor }: FactsToSet,
): Promise<void> {
  const at = new Date(context.clock.now());
  const changed: EditedFact[] = [];
  for (const [fact, value] of values)
    if (await editHost(executor, { editId, hostId: host.id, fact, value, actor, at })) changed.push(fact);
  if (changed.length === 0) return;
  const payload = { host: host.uid, address: host.address, changed, actor };
  await recordHostEvents(executor, [{ kind: 'host.changed', jobId: null, payload }]);
}

function valuesOf({ customName, ignored, downAfterMisses, goneAfterDays }: HostInput): readonly FactValue[] {
  const name = customName === undefined || customName === null ? customName : checkHostName(customName);
  const given: readonly (readonly [EditedFact, string | number | boolean | null | undefined])[] = [
    ['custom_name', name],
    ['ignored', ignored],
    ['down_after_misses', downAfterMisses],
    ['gone_after_days', goneAfterDays],
  ];
  return given.flatMap(([fact, value]): FactValue[] =>
    value === undefined ? [] : [[fact, value === null ? null : String(value)]],
  );
}

function summaryOf(values: readonly FactValue[]): string {
  return values.map(textsOf).join('; ');
}

function textsOf([fact, value]: FactValue): string {
  if (fact === 'custom_name') return value === null ? 'name taken away' : `name ${value}`;
  if (fact === 'ignored') return value === 'true' ? 'ignore' : 'list again';
  const noun = fact === 'down_after_misses' ? 'grace in runs' : 'days until gone';
  return `${noun} ${value ?? 'as usual'}`;
}
