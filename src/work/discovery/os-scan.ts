import { type Address, parseAddress } from '#domain/addresses/address.js';
import { AddressSet } from '#domain/addresses/address-set.js';
import { type ErrorCode, ScanoramaError } from '#domain/errors/error.js';
import { DEFAULT_PORTS } from '#domain/ports/ports.js';
import { isTransient } from '#store/database/failure.js';
import { addressesFoundBy, endOsScan, type Finder, findFinder } from '#store/scans/os-scans.js';
import type { WorkContext } from '#work/context/context.js';
import { createScan } from '#work/scans/create-scan.js';
import { prepareScan, type ScanInput } from '#work/scans/prepare-scan.js';

/** What passes by itself: the wish waits for the next look. */
const PASSING: readonly ErrorCode[] = ['database_unavailable', 'interrupted'];
/** Version detection is not what was asked for, so its likeliest probes alone are sent. */
const VERSION_INTENSITY = 0;

/**
 * Starts the scan that tells the systems of the hosts which a discovery found, where that was asked for and the discovery
 * is over. Its wish is acted on once, whoever does so; a scan that is refused is told in the note of the discovery.
 */
export async function startOsScan(context: WorkContext, uid: string, signal: AbortSignal): Promise<void> {
  const { read } = context.store;
  const finder = await findFinder(read, uid);
  if (finder === undefined) return;
  const targets = textsOf(await addressesFoundBy(read, finder.id));
  if (targets.length === 0) {
    await endOsScan(read, finder.id, { to: 'no_hosts' });
    return;
  }
  try {
    await startOf(context, { finder, targets }, signal);
  } catch (error) {
    if (error instanceof ScanoramaError && error.cause instanceof TakenByAnother) return;
    if (!(error instanceof ScanoramaError) || isTransient(error) || PASSING.includes(error.code)) throw error;
    context.log.warn({ scan: uid, code: error.code }, 'the systems of the hosts found are not told');
    const note = `The systems of the hosts found were not told: ${error.message}`;
    await endOsScan(read, finder.id, { to: 'refused', note });
  }
}

/** Somebody acted on the wish meanwhile. It comes out of the transaction as the cause of an error of storing. */
class TakenByAnother extends Error {}

interface Found {
  readonly finder: Finder;
  readonly targets: readonly string[];
}

async function startOf(context: WorkContext, { finder, targets }: Found, signal: AbortSignal): Promise<void> {
  const input = inputOf(finder, targets);
  const prepared = await prepareScan(context, input, signal);
  const order = {
    ...input,
    name: `Systems of ${finder.name ?? `discovery ${finder.uid}`}`,
    description: null,
    // Both were agreed to when the discovery was started, which asked for this one as well.
    confirmLarge: true,
    confirmUnscoped: true,
    actor: finder.createdBy,
  };
  await createScan(context, {
    order,
    prepared,
    scanType: input.scanType,
    liveHosts: false,
    foundBy: finder.id,
    alongside: async (executor) => {
      if (!(await endOsScan(executor, finder.id, { to: 'started' }))) throw new TakenByAnother();
      return null;
    },
  });
}

function inputOf(finder: Finder, targets: readonly string[]): ScanInput {
  return {
    site: finder.site,
    targets,
    exclude: finder.excluded,
    outsideScope: finder.outsideScope,
    scanType: 'version',
    // As it was told beforehand what this may cost.
    ports: DEFAULT_PORTS,
    rate: {
      packetsPerSecond: finder.packetsPerSecond ?? undefined,
      packetsPerSecondPerHost: finder.packetsPerSecondPerHost ?? undefined,
      unlimited: finder.unlimited,
    },
    liveHosts: false,
    probing: { osDetection: true, versionIntensity: VERSION_INTENSITY },
  };
}

/** As few words as there can be: neighbours are one range. */
function textsOf(texts: readonly string[]): readonly string[] {
  const addresses = texts.map(parseAddress).filter((address): address is Address => address !== undefined);
  return AddressSet.of(
    addresses.map(({ family, value }) => ({ family, first: value, last: value })),
  ).toTexts();
}
