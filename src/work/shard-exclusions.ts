import { formatRange } from '#domain/address-range.js';
import { AddressSet } from '#domain/address-set.js';
import { quote } from '#domain/quote.js';
import type { ExclusionRemark } from '#domain/remark.js';
import type { ProbeRun } from '#scan/prober.js';
import { type ExclusionView, exclusionsInForce } from '#store/exclusions.js';
import { insertExclusionRemarks } from '#store/remarks.js';
import type { ScanJob } from '#store/scan-jobs.js';
import type { WorkContext } from '#work/context.js';
import { addressesOf, rangeOfExclusion } from '#work/exclusions.js';
import { retryTransient } from '#work/retry.js';

/**
 * The addresses that one run of a shard must leave alone: those its scan was started with, the stored ones in force,
 * and every one that is added while it runs. None is taken back: a run that began without an address ends without it.
 */
export class ShardExclusions {
  readonly #context: WorkContext;
  readonly #job: ScanJob;
  readonly #targets: AddressSet;
  #heeded: AddressSet;
  readonly #told = new Set<string>();
  #telling: Promise<void> = Promise.resolve();

  private constructor(context: WorkContext, job: ScanJob, targets: AddressSet) {
    this.#context = context;
    this.#job = job;
    this.#targets = targets;
    this.#heeded = AddressSet.parse(job.excluded);
  }

  /** With what is in force now, told of with the scan. */
  static async read(
    context: WorkContext,
    {
      job,
      targets,
      signal,
    }: { readonly job: ScanJob; readonly targets: AddressSet; readonly signal: AbortSignal },
  ): Promise<ShardExclusions> {
    const exclusions = new ShardExclusions(context, job, targets);
    const inForce = await retryTransient(
      context,
      () => exclusionsInForce(context.store.read, job.siteId),
      signal,
    );
    exclusions.#take(inForce);
    await exclusions.#telling;
    return exclusions;
  }

  get heeded(): AddressSet {
    return this.#heeded;
  }

  /** Hands on to a run what is added from now on; gives what ends that, once all of it is told of with the scan. */
  handOnTo(run: ProbeRun): () => Promise<void> {
    const unwatch = this.#context.exclusions.watch(this.#job.siteId, (inForce) => {
      const more = this.#take(inForce);
      if (more.size > 0n) run.exclude(more);
    });
    return async () => {
      unwatch();
      await this.#telling;
    };
  }

  /** Gives what was not heeded before. */
  #take(inForce: readonly ExclusionView[]): AddressSet {
    const more = addressesOf(inForce).subtract(this.#heeded);
    this.#heeded = this.#heeded.union(more);
    this.#tell(inForce.filter((exclusion) => !this.#told.has(exclusion.uid) && this.#touches(exclusion)));
    return more;
  }

  #touches(exclusion: ExclusionView): boolean {
    return this.#targets.intersect(AddressSet.of([rangeOfExclusion(exclusion)])).size > 0n;
  }

  /** Never rejects, and never holds up what is heeded; what could not be told is told with the next reading. */
  #tell(exclusions: readonly ExclusionView[]): void {
    if (exclusions.length === 0) return;
    for (const { uid } of exclusions) this.#told.add(uid);
    const { store, log } = this.#context;
    this.#telling = this.#telling
      .then(() => insertExclusionRemarks(store.read, this.#job.id, exclusions.map(remarkOf)))
      .catch((error: unknown) => {
        for (const { uid } of exclusions) this.#told.delete(uid);
        log.warn(
          { scan: this.#job.uid, err: error },
          'it could not be stored which exclusions hold for a scan',
        );
      });
  }
}

function remarkOf(exclusion: ExclusionView): ExclusionRemark {
  const { reason, createdBy } = exclusion;
  return {
    kind: 'excluded',
    subject: formatRange(rangeOfExclusion(exclusion)),
    detail: `${placeText(exclusion)} by ${createdBy}${reason === null ? '' : ` (${reason})`}`,
  };
}

function placeText({ scope, site, networkName }: ExclusionView): string {
  if (scope === 'global') return 'everywhere';
  if (scope === 'site') return `at site ${quote(site ?? '')}`;
  return `in network ${quote(networkName ?? '')} of site ${quote(site ?? '')}`;
}
