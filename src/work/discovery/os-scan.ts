import { type Address, parseAddress } from '#domain/addresses/address.js';
import { AddressSet } from '#domain/addresses/address-set.js';
import { type ErrorCode, ScanoramaError } from '#domain/errors/error.js';
import { DEFAULT_PORTS } from '#domain/ports/ports.js';
import { isTransient } from '#store/database/failure.js';
import { addressesFoundBy, endOsScan, type Finder, findFinder } from '#store/scans/os-scans.js';
import type { WorkContext } from '#work/context/context.js';
import { createScan } from '#work/scans/create-scan.js';
import { prepareScan, type ScanInput } from '#work/scans/prepare-scan.js';

/** Errors that pass by themselves. The request waits for the next poll. */
const PASSING: readonly ErrorCode[] = ['database_unavailable', 'interrupted'];
/** Versions are not requested, so only the likeliest probes of version detection are sent. */
const VERSION_INTENSITY = 0;

/**
 * Starts the scan that detects the operating systems of the hosts found by a complete discovery run, if it was
 * requested. The request is processed once, by any process. If the scan is refused, the note of the discovery run
 * contains the reason.
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
    context.log.warn(
      { scan: uid, code: error.code },
      'the operating systems of the hosts found are not detected',
    );
    const note = `The operating systems of the hosts found were not detected: ${error.message}`;
    await endOsScan(read, finder.id, { to: 'refused', note });
  }
}

/** Another process handled the request meanwhile. The transaction throws this as the cause of a storage error. */
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
    // Both were confirmed when the discovery run was started, because it requested this scan as well.
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
    // The ports by which the cost of this scan was estimated beforehand.
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

/** The shortest list of targets: adjacent addresses become one range. */
function textsOf(texts: readonly string[]): readonly string[] {
  const addresses = texts.map(parseAddress).filter((address): address is Address => address !== undefined);
  return AddressSet.of(
    addresses.map(({ family, value }) => ({ family, first: value, last: value })),
  ).toTexts();
}
