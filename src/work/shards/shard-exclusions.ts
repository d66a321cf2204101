import { formatRange } from '#domain/addresses/address-range.js';
import { AddressSet } from '#domain/addresses/address-set.js';
import type { ExclusionWarning } from '#domain/scans/warning.js';
import { exclusionPlaceText } from '#domain/targets/exclusion.js';
import type { RateTerms } from '#net/send/scan-pace.js';
import type { ProbeRun } from '#scan/engine/prober.js';
import type { ExclusionView } from '#store/networks/exclusions.js';
import type { ScanJob } from '#store/scans/scan-jobs.js';
import { insertExclusionWarnings } from '#store/scans/warnings.js';
import { rangeOfExclusion } from '#work/batches/excluded-addresses.js';
import type { WorkContext } from '#work/context/context.js';
import { retryTransient } from '#work/context/retry.js';
import type { ExclusionReading, Reader } from '#work/exclusions/exclusion-feed.js';
import type { InForce } from '#work/exclusions/exclusion-snapshot.js';
import { rateOf } from '#work/shards/scan-probing.js';

/**
 * The addresses that one run of a shard must leave alone: those its scan was started with, the stored ones in force,
 * and every one that is added while it runs. None is taken back: a run that began without an address ends without it.
 */
export class ShardExclusions {
  readonly #context: WorkContext;
  readonly #job: ScanJob;
  readonly #targets: AddressSet;
  #heeded: AddressSet;
  #goodUntilMs = 0;
  #terms: RateTerms | undefined;
  #taken: InForce | undefined;
  /** Uids of those looked at; an exclusion never changes. */
  readonly #known = new Set<string>();
  /** Still to be told of with the scan. */
  #unreported: readonly ExclusionWarning[] = [];
  #reporting: Promise<void> | undefined;

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
    const reading = await retryTransient(context, () => context.exclusions.read(readerOf(job)), signal);
    exclusions.#take(reading);
    await exclusions.#reporting;
    return exclusions;
  }

  get heeded(): AddressSet {
    return this.#heeded;
  }

  /** Until when packets may leave by what is heeded. */
  get goodUntilMs(): number {
    return this.#goodUntilMs;
  }

  /** How much of the rates is this program's. */
  get terms(): RateTerms | undefined {
    return this.#terms;
  }

  /** Hands on to a run what is read from now on; gives what ends that, once all of it is told of with the scan. */
  handOnTo(run: ProbeRun): () => Promise<void> {
    const unwatch = this.#context.exclusions.watch(readerOf(this.#job), (reading) => {
      const more = this.#take(reading);
      if (more.size > 0n) run.exclude(more);
      run.renew(reading.goodUntilMs, reading.terms);
    });
    return async () => {
      unwatch();
      await this.#reporting;
      // What came while that was under way.
      this.#report();
      await this.#reporting;
    };
  }

  /** Gives what was not heeded before. */
  #take({ inForce, goodUntilMs, terms }: ExclusionReading): AddressSet {
    this.#goodUntilMs = goodUntilMs;
    this.#terms = terms;
    const isNew = inForce !== this.#taken;
    const more = isNew ? inForce.addresses.subtract(this.#heeded) : AddressSet.EMPTY;
    if (isNew) {
      this.#taken = inForce;
      this.#heeded = this.#heeded.union(more);
      this.#unreported = [...this.#unreported, ...this.#touching(inForce.exclusions).map(warningOf)];
    }
    this.#report();
    return more;
  }

  /** Those not looked at before that keep a target from being asked. */
  #touching(exclusions: readonly ExclusionView[]): readonly ExclusionView[] {
    const fresh = exclusions.filter(({ uid }) => !this.#known.has(uid));
    for (const { uid } of fresh) this.#known.add(uid);
    return fresh.filter(
      (exclusion) => this.#targets.intersect(AddressSet.of([rangeOfExclusion(exclusion)])).size > 0n,
    );
  }

  /** Never rejects, and never holds up what is heeded; what could not be told is told with the next reading. */
  #report(): void {
    if (this.#unreported.length === 0 || this.#reporting !== undefined) return;
    const warnings = this.#unreported;
    this.#unreported = [];
    const { store, log } = this.#context;
    this.#reporting = insertExclusionWarnings(store.read, this.#job.id, warnings)
      .catch((error: unknown) => {
        this.#unreported = [...warnings, ...this.#unreported];
        log.warn(
          { scan: this.#job.uid, err: error },
          'it could not be stored which exclusions hold for a scan',
        );
      })
      .finally(() => {
        this.#reporting = undefined;
      });
  }
}

function readerOf(job: ScanJob): Reader {
  return { siteId: job.siteId, jobId: job.id, rate: rateOf(job) };
}

function warningOf(exclusion: ExclusionView): ExclusionWarning {
  const { site, networkName, reason, createdBy, createdAt } = exclusion;
  const place = exclusionPlaceText({ site, network: networkName });
  return {
    kind: 'excluded',
    subject: formatRange(rangeOfExclusion(exclusion)),
    detail: `${place} by ${createdBy}${reason === null ? '' : ` (${reason})`} since ${utcSecond(createdAt)}`,
  };
}

/** `2026-11-24 03:00:07 UTC`: it is read in any zone. */
function utcSecond(at: Date): string {
  return `${at.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
