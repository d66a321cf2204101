import { describe, expect, it } from 'vitest';
import { ScanoramaError } from '#domain/errors/error.js';
import { builtInError, builtInProfile } from '#domain/profiles/profile.js';
import { pageHint } from './page-hint.ts';

const hinted = (hint: string, code: ScanoramaError['code'] = 'conflict', facts = {}) =>
  pageHint(new ScanoramaError(code, 'No.', { hint, facts }));

describe('pageHint', () => {
  it.each([
    ['`scanorama networks list` shows the networks.', undefined, '/networks'],
    ['Enable it with `scanorama networks enable office`.', 'Enable it.', '/networks'],
    ['Stop it first: `scanorama scans stop 1`.', 'Stop it first.', '/scans'],
    ['Watch it with `scanorama scans show`, or stop it first.', 'Watch it.', '/scans'],
    ['Ask for a later time; `scanorama settings list` shows it.', 'Ask for a later time.', '/settings'],
    ['`scanorama doctor` there says more.', undefined, '/workers'],
    ['Did you mean "env: prod"? `scanorama tags list` has them all.', 'Did you mean "env: prod"?', '/tags'],
    ['Did you mean "web"? `scanorama tags list` has them all.', 'Did you mean "web"?', '/tags'],
    [
      'Remove them first, or exclude the addresses at the site: `scanorama exclusions list --network NAME` shows them.',
      'Remove them first, or exclude the addresses at the site.',
      '/networks',
    ],
  ])('leads to the page that does what the command does: %s', (hint, given, path) => {
    expect(hinted(hint)).toMatchObject({ remedy: { path } });
    expect(hinted(hint).hint).toBe(given);
  });

  it('leaves alone what speaks of no command, and what a command alone can do', () => {
    const plain = 'Leave the resolver out.';
    expect(hinted(plain, 'invalid_request')).toEqual({ hint: plain });
    const alone = 'Make a new one with `scanorama api-keys create NAME`.';
    expect(hinted(alone, 'unauthenticated')).toEqual({ hint: alone });
    expect(pageHint(new ScanoramaError('internal', 'No.'))).toEqual({});
  });

  it('says in its own words what a flag would say, whatever the words of the hint', () => {
    for (const hint of ['Name one (--resolver ADDRESS).', 'Say which.']) {
      expect(hinted(hint, 'invalid_request', { missing: 'resolver' }).hint).toMatch(/field Resolver/);
      expect(hinted(hint, 'idle_setting').hint).toMatch(/^Leave it empty/);
    }
    expect(hinted('Say yes.', 'confirmation_required').hint).toMatch(/fewer addresses/);
    expect(hinted('Say yes.', 'confirmation_required', { site: 'a' }).remedy?.path).toBe('/sites/a');
    const quick = builtInProfile('quick');
    if (quick === undefined) throw new Error('there is no quick profile');
    expect(pageHint(builtInError(quick)).hint).toBe('Clone it, and change the copy.');
  });

  it('leads to the site whose scope is in the way', () => {
    const error = new ScanoramaError('outside_scope', 'No.', {
      hint: 'Widen it (--outside-scope).',
      facts: { site: 'two words' },
    });
    expect(pageHint(error).remedy).toEqual({ path: '/sites/two%20words', title: 'The site two words' });
  });
});
