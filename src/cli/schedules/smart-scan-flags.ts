import { countOf, durationOf, oneOf } from '#cli/arguments/flag-parsers.js';
import type { FlagSpec } from '#cli/arguments/flag-spec.js';
import type { FlagValues } from '#cli/arguments/flag-values.js';
import { usage } from '#cli/arguments/usage.js';
import { readFilter } from '#domain/filter/read.js';
import { MAX_COMPLETENESS_SCORE } from '#domain/hosts/completeness.js';
import { MAX_STALENESS_HOURS, MAX_TRIGGER_HOSTS, SMART_SCAN_STAGES } from '#domain/smart-scan/smart-scan.js';

const HOUR_MS = 3_600_000;

/** What counts as missing. */
export const RULE_FLAGS: readonly FlagSpec[] = [
  { flags: '--threshold <score>', help: `only hosts with a lower score, 1 to ${MAX_COMPLETENESS_SCORE}` },
  { flags: '--max-staleness <span>', help: 'hosts not seen for longer are looked for again, such as 30d' },
];
export const NAMES_FLAG: FlagSpec = {
  flags: '--resolver <address>',
  help: 'resolver for names in the stage identity',
};

/** Which hosts are meant. */
export const HOSTS_FLAGS: readonly FlagSpec[] = [
  { flags: '--network <cidr>', help: 'only hosts with an address in it' },
  { flags: '--os <family>', help: 'only hosts of this operating system' },
  { flags: '-f, --filter <text>', help: 'only hosts that match, as for hosts list' },
  { flags: '--limit <hosts>', help: `hosts at most, up to ${MAX_TRIGGER_HOSTS}` },
];
export const SITE_FLAG: FlagSpec = { flags: '--site <name>', help: 'only hosts of this site' };
export const STAGE_FLAG: FlagSpec = {
  flags: '--stage <stage>',
  help: 'this one instead of the next',
  choices: SMART_SCAN_STAGES,
};

export function rulesOf(flags: FlagValues) {
  const threshold = countOf('threshold', flags.text('threshold'), MAX_COMPLETENESS_SCORE);
  const staleMs = durationOf('max-staleness', flags.text('max-staleness'));
  const hours = staleMs === undefined ? undefined : Math.floor(staleMs / HOUR_MS);
  if (hours !== undefined && (hours < 1 || hours > MAX_STALENESS_HOURS))
    throw usage('The value of --max-staleness must be an hour or more, such as 12h or 30d.', {
      at: flags.text('max-staleness') ?? '',
    });
  const resolver = flags.text('resolver');
  return {
    ...(threshold === undefined ? {} : { threshold }),
    ...(hours === undefined ? {} : { max_staleness_hours: hours }),
    ...(resolver === undefined ? {} : { resolver }),
  };
}

export function hostsMeant(flags: FlagValues) {
  const filter = flags.text('filter');
  // An invalid filter is reported before any request is sent.
  if (filter !== undefined) readFilter(filter);
  const [network, os] = ['network', 'os'].map((name) => flags.text(name));
  const limit = countOf('limit', flags.text('limit'), MAX_TRIGGER_HOSTS);
  return {
    ...(network === undefined ? {} : { network_cidr: network }),
    ...(os === undefined ? {} : { os_family: os }),
    ...(filter === undefined ? {} : { filter }),
    ...(limit === undefined ? {} : { limit }),
  };
}

export function siteMeant(flags: FlagValues) {
  const site = flags.text('site');
  return site === undefined ? {} : { site };
}

export function stageNameOf(flags: FlagValues) {
  const stage = oneOf('stage', flags.text('stage'), SMART_SCAN_STAGES);
  return stage === undefined ? {} : { stage };
}
