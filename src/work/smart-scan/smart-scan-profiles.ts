import { parsePorts } from '#domain/ports/ports.js';
import { BUILT_IN_PROFILES } from '#domain/profiles/profile.js';
import { type FittingProfile, fittingProfile, type ProfileFit } from '#domain/profiles/profile-fit.js';
import { portsOfType } from '#domain/scans/scan-settings.js';
import type { ProberSurvey } from '#scan/engine/prober.js';
import type { Executor } from '#store/database/database.js';
import { listProfiles } from '#store/profiles/profiles.js';
import { countHostKinds, type HostKind } from '#store/smart-scan/smart-scan.js';
import type { WorkContext } from '#work/context/context.js';
import { nmapIsPrivileged } from '#work/shards/capabilities.js';
import { chooseEngine } from '#work/shards/choose-engine.js';
import { readMachines } from '#work/smart-scan/smart-scan-capabilities.js';

/** Profiles of one's own that are looked at, by name, and kinds of hosts that are told of. */
const MAX_OWN_PROFILES = 1_000;
const MAX_HOST_KINDS = 100;

/** Every profile that any of these machines can scan TCP ports by, so that none is recommended that would be refused. */
export async function usableProfiles(
  executor: Executor,
  machines: readonly ProberSurvey[],
): Promise<readonly FittingProfile[]> {
  const own = await listProfiles(executor, {}, { limit: MAX_OWN_PROFILES, offset: 0 });
  const all: readonly FittingProfile[] = [
    ...own.map(({ uid, name, description, settings }) => ({
      term: uid,
      name,
      description,
      settings,
      isBuiltIn: false,
    })),
    ...BUILT_IN_PROFILES.map(({ name, description, settings }) => ({
      term: name,
      name,
      description,
      settings,
      isBuiltIn: true,
    })),
  ];
  return all.filter((profile) => machines.some((survey) => isUsable(profile, survey)));
}

function isUsable({ settings }: FittingProfile, survey: ProberSurvey): boolean {
  const { scanType = 'auto', ports, liveHosts = false } = settings;
  // An ACK scan finds no open port, and UDP is what TCP does not show.
  if (scanType === 'ack' || scanType === 'udp') return false;
  if (liveHosts && !survey.facts.liveHosts) return false;
  if (settings.osDetection === true && !nmapIsPrivileged(survey)) return false;
  try {
    const probed = ports === undefined ? parsePorts('top-1000') : portsOfType(scanType, ports);
    chooseEngine(scanType, probed, survey);
    return probed.tcp.length > 0;
  } catch {
    return false;
  }
}

export interface ProfileRecommendation extends HostKind, ProfileFit {}

/** Which profile fits the hosts that are there, by their system and what is open on them. */
export async function recommendProfiles(
  context: WorkContext,
  executor: Executor,
): Promise<readonly ProfileRecommendation[]> {
  const { all } = await readMachines(context);
  const profiles = await usableProfiles(executor, all);
  return (await countHostKinds(executor, MAX_HOST_KINDS)).flatMap((kind) => {
    const fit = fittingProfile(kind, profiles);
    return fit === undefined ? [] : [{ ...kind, ...fit }];
  });
}
