import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Profile, ProfileStats } from '#contract/profiles/profile.js';
import { enrichersText } from '#domain/enrichment/enricher.js';
import { humanDuration } from '#domain/time/duration.js';
import { ActionButton } from '../../actions/actions/action-button.tsx';
import { useOffer } from '../../actions/actions/use-action.ts';
import { removeProfile } from '../../actions/settings/profile-actions.ts';
import { profileStatsQuery } from '../../api/queries.ts';
import { Button } from '../../components/controls/button.tsx';
import { LoadFailure } from '../../components/feedback/notice.tsx';
import { Ago } from '../../components/feedback/now.tsx';
import { DataTable } from '../../components/lists/data-table.tsx';
import { ACTIONS_CELL, CELL, ROW, WIDE_CELL } from '../../components/lists/table.ts';
import { countOf } from '../../format/number.ts';
import { profileAnchor } from '../shell/destinations.ts';

interface ProfileTableProps {
  readonly profiles: readonly Profile[];
  readonly onEdit: (profile: Profile) => void;
  readonly onClone: (profile: Profile) => void;
}

export function ProfileTable({ profiles, onEdit, onClone }: ProfileTableProps) {
  return (
    <DataTable heads={[{ title: 'Profile', className: 'w-full' }, 'Asks', 'Actions']}>
      {profiles.map((profile) => (
        <ProfileRow key={profile.id} profile={profile} onEdit={onEdit} onClone={onClone} />
      ))}
    </DataTable>
  );
}

interface ProfileRowProps extends Omit<ProfileTableProps, 'profiles'> {
  readonly profile: Profile;
}

function ProfileRow({ profile, onEdit, onClone }: ProfileRowProps) {
  const remove = useOffer(removeProfile, profile);
  const { name, description, built_in: isBuiltIn } = profile;
  return (
    <tr id={profileAnchor(profile.id)} className={ROW}>
      <td className={WIDE_CELL}>
        <span className="font-medium break-all">{name}</span>
        {isBuiltIn && <span className="ml-2 text-xs text-muted">built in</span>}
        {description !== null && <p className="text-xs break-words text-muted">{description}</p>}
        <Statistics profile={profile} />
      </td>
      <td className={`${CELL} text-xs sm:min-w-56`}>{waysOf(profile).join(', ')}</td>
      <td className={ACTIONS_CELL}>
        <Button variant="bare" aria-label={`Clone ${name}`} onClick={() => onClone(profile)}>
          Clone
        </Button>
        {!isBuiltIn && (
          <Button variant="bare" aria-label={`Edit ${name}`} onClick={() => onEdit(profile)}>
            Edit
          </Button>
        )}
        {remove.available && <ActionButton offer={remove} variant="bare" />}
      </td>
    </tr>
  );
}

const PORTS_SHOWN_CHARACTERS = 32;

/** What a profile says, in few words. */
function waysOf(profile: Profile): string[] {
  const { ports, rate, per_host_rate: perHost, retries, timeout_ms: timeoutMs, concurrency } = profile;
  const intensity = profile.version_intensity;
  const shown = (ports ?? '').slice(0, PORTS_SHOWN_CHARACTERS);
  return [
    profile.scan_type,
    ...(ports === null ? [] : [`ports ${shown}${shown === ports ? '' : '…'}`]),
    ...(profile.live_hosts ? ['live hosts alone'] : []),
    ...(rate === null ? [] : [rate === 'max' ? 'no rate' : `${rate} packets/s`]),
    ...(perHost === null ? [] : [`${perHost} per host`]),
    ...(retries === null ? [] : [countOf(retries, 'retry', 'retries')]),
    ...(timeoutMs === null ? [] : [`${timeoutMs} ms`]),
    ...(concurrency === null ? [] : [`${concurrency} at once`]),
    ...(profile.timing === null ? [] : [`${profile.timing} timing`]),
    ...(intensity === null ? [] : [`version intensity ${intensity}`]),
    ...(profile.scripts === null ? [] : [`scripts ${profile.scripts}`]),
    ...(profile.os_detection === null ? [] : [profile.os_detection ? 'systems' : 'no systems']),
    ...(profile.enrich === null ? [] : [`collects ${enrichersText(profile.enrich)}`]),
  ];
}

function Statistics({ profile: { id } }: { readonly profile: Profile }) {
  const [isOpen, setIsOpen] = useState(false);
  const stats = useQuery(profileStatsQuery(id, isOpen));
  return (
    <details className="mt-1 text-xs" onToggle={(event) => setIsOpen(event.currentTarget.open)}>
      <summary className="w-max underline decoration-dotted underline-offset-4">Statistics</summary>
      <div className="mt-1 text-muted">
        {stats.isError && <LoadFailure error={stats.error} onRetry={() => void stats.refetch()} />}
        {stats.data && <StatisticsLine stats={stats.data} />}
      </div>
    </details>
  );
}

function StatisticsLine({ stats }: { readonly stats: ProfileStats }) {
  const { last_used_at: lastUsedAt, hosts_found_mean: hosts, duration_median_seconds: seconds } = stats;
  if (lastUsedAt === null) return <p>Not used yet.</p>;
  return (
    <p>
      {countOf(stats.scans, 'scan')}, {stats.completed} completed, the last <Ago time={lastUsedAt} />
      {hosts !== null && `; ${hosts.toFixed(1)} hosts found on average`}
      {seconds !== null && `, in ${humanDuration(seconds * 1_000)} (median)`}
    </p>
  );
}
