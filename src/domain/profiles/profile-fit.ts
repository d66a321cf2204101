import type { ScanSettings } from '#domain/scans/scan-settings.js';
import { quote } from '#domain/text/quote.js';

/** Built-in profiles that fit where nothing of one's own does. */
export const USUAL_PROFILE = 'standard';
export const CAREFUL_PROFILE = 'fragile';

/** What printers, controllers and building services listen on: such devices suffer from a usual scan. */
export const FRAGILE_PORTS: readonly number[] = [102, 502, 515, 631, 9100, 20_000, 44_818, 47_808];

/** A profile as far as its fit needs to know: `word` names it wherever one is named. */
export interface FittingProfile {
  /** The id of one's own, the name of a built-in one. */
  readonly term: string;
  readonly name: string;
  readonly description: string | null;
  readonly isBuiltIn: boolean;
  readonly settings: ScanSettings;
}

export interface ProfileFit {
  readonly profile: FittingProfile;
  /** One sentence for people. */
  readonly reason: string;
}

export interface FittedHost {
  readonly osFamily: string | null;
  /** One of `FRAGILE_PORTS` is open on it. */
  readonly isFragile: boolean;
}

/**
 * The profile to look for open ports of a host with, out of those that can be used here: what can break comes first, then
 * one of one's own that speaks of its system, whatever the case, then the usual one. Undefined when none of them is there.
 */
export function fittingProfile(
  host: FittedHost,
  profiles: readonly FittingProfile[],
): ProfileFit | undefined {
  const builtIn = (name: string) => profiles.find((one) => one.isBuiltIn && one.name === name);
  const careful = host.isFragile ? builtIn(CAREFUL_PROFILE) : undefined;
  if (careful !== undefined)
    return {
      profile: careful,
      reason: 'A port of printers or controllers is open, and these suffer easily.',
    };
  const own = ownProfileFor(host.osFamily, profiles);
  if (own !== undefined && host.osFamily !== null)
    return { profile: own, reason: `Your profile ${quote(own.name)} speaks of ${host.osFamily}.` };
  const usual = builtIn(USUAL_PROFILE);
  return usual && { profile: usual, reason: 'The usual ports, as nothing speaks for others.' };
}

function ownProfileFor(
  osFamily: string | null,
  profiles: readonly FittingProfile[],
): FittingProfile | undefined {
  if (osFamily === null || osFamily.trim() === '') return undefined;
  const wanted = textsOf(osFamily).join(' ');
  return profiles.find(({ isBuiltIn, name, description }) => {
    if (isBuiltIn) return false;
    return ` ${textsOf(`${name} ${description ?? ''}`).join(' ')} `.includes(` ${wanted} `);
  });
}

function textsOf(text: string): readonly string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}
