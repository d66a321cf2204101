import { checkHostName } from '#domain/host-name.js';
import { recordHostEvents } from '#store/events.js';
import { lockHostToDelete } from '#store/host-deletion.js';
import { type EditedFact, editHost } from '#store/host-edits.js';
import { BATCH_DEADLINE_MS } from '#store/session-limits.js';
import type { Actor, WorkContext } from '#work/context.js';

/** What is not given stays; null takes it back. */
export interface HostWish {
  readonly customName?: string | null | undefined;
  readonly ignored?: boolean | undefined;
  readonly graceMisses?: number | null | undefined;
  readonly goneAfterDays?: number | null | undefined;
}

/**
 * Changes what people say of a host; each change is a fact of its history, with who made it. Another grace holds for runs
 * that complete from then on. Throws `not_found`, `invalid_request`.
 */
export async function changeHost(
  context: WorkContext,
  uid: string,
  { wish, actor }: { readonly wish: HostWish; readonly actor: Actor },
): Promise<void> {
  const at = new Date(context.clock.now());
  const edits = editsOf(wish);
  const changed = await context.store.transaction(
    async (executor) => {
      const host = await lockHostToDelete(executor, uid);
      const done: EditedFact[] = [];
      for (const [fact, value] of edits)
        if (await editHost(executor, { hostId: host.id, fact, value, actor, at })) done.push(fact);
      if (done.length > 0) {
        const payload = { host: uid, address: host.address, changed: done, actor };
        await recordHostEvents(executor, [{ kind: 'host.changed', jobId: null, payload }]);
      }
      return done;
    },
    { deadlineMs: BATCH_DEADLINE_MS },
  );
  context.log.info({ host: uid, changed, actor }, 'host edited');
}

function editsOf(wish: HostWish): [EditedFact, string | null][] {
  const { customName, ignored, graceMisses, goneAfterDays } = wish;
  return [
    ...(customName === undefined
      ? []
      : ([['custom_name', customName === null ? null : checkHostName(customName)]] as const)),
    ...(ignored === undefined ? [] : ([['ignored', String(ignored)]] as const)),
    ...(graceMisses === undefined ? [] : ([['grace_misses', textOf(graceMisses)]] as const)),
    ...(goneAfterDays === undefined ? [] : ([['gone_after_days', textOf(goneAfterDays)]] as const)),
  ].map(([fact, value]) => [fact, value]);
}

function textOf(count: number | null): string | null {
  return count === null ? null : String(count);
}
