import { describe, expect, it } from 'vitest';
import { BUILT_IN_PROFILES } from '#domain/profiles/profile.js';
import {
  CAREFUL_PROFILE,
  type FittingProfile,
  fittingProfile,
  USUAL_PROFILE,
} from '#domain/profiles/profile-fit.js';

const builtIn = BUILT_IN_PROFILES.map(
  (profile): FittingProfile => ({ ...profile, term: profile.name, isBuiltIn: true }),
);
const own = (name: string, description: string | null = null): FittingProfile => ({
  term: `id-of-${name}`,
  name,
  description,
  isBuiltIn: false,
  settings: {},
});
const plain = { osFamily: null, isFragile: false };
const nameFor = (host: Parameters<typeof fittingProfile>[0], profiles: readonly FittingProfile[]) =>
  fittingProfile(host, profiles)?.profile.term;

describe('the profile that fits', () => {
  it('is built in where it names one: none of the words dangles', () => {
    expect(builtIn.map(({ term: text }) => text)).toEqual(
      expect.arrayContaining([USUAL_PROFILE, CAREFUL_PROFILE]),
    );
  });

  it('is one of one’s own that speaks of the system, whatever the case', () => {
    const profiles = [own('Printers'), own('nightly', 'For LINUX servers.'), ...builtIn];
    expect(nameFor({ osFamily: 'Linux', isFragile: false }, profiles)).toBe('id-of-nightly');
    expect(nameFor({ osFamily: 'linux', isFragile: false }, profiles)).toBe('id-of-nightly');
    expect(nameFor({ osFamily: 'inux', isFragile: false }, profiles)).toBe(USUAL_PROFILE);
  });

  it('is the careful one for what can break, whatever its system', () => {
    expect(nameFor({ osFamily: 'Linux', isFragile: true }, [own('linux'), ...builtIn])).toBe(CAREFUL_PROFILE);
  });

  it('is the usual one else, and none where there is none', () => {
    expect(nameFor(plain, builtIn)).toBe(USUAL_PROFILE);
    expect(nameFor({ osFamily: '  ', isFragile: false }, [own('all'), ...builtIn])).toBe(USUAL_PROFILE);
    expect(nameFor(plain, [])).toBeUndefined();
  });
});
