import { useQuery } from '@tanstack/react-query';
import type { Scan } from '#contract/scans/scan.js';
import { scansQuery } from '../../api/queries.ts';
import { formatLocal } from '../../format/instant.ts';
import { scanTitle } from '../../format/scan-text.ts';
import { useLiveState } from '../../live/live-updates.tsx';

/** Earlier ones that are offered; others can be compared by the command line. */
const OFFERED = 200;

interface BaseFieldProps {
  readonly scan: Scan;
  /** The one it is compared with without anybody choosing; null where there is none. */
  readonly usual: string | null;
  readonly value: string | null;
  readonly onChange: (against: string | undefined) => void;
}

/** With which earlier one of its kind and site a scan is compared. */
export function BaseField({ scan, usual, value, onChange }: BaseFieldProps) {
  const isDiscovery = scan.scan_type === 'discovery';
  const query = {
    kind: isDiscovery ? 'discovery' : 'ports',
    status: 'completed',
    page_size: OFFERED,
  } as const;
  const list = useQuery(scansQuery(query, useLiveState() === 'live'));
  const earlier = (list.data?.data ?? []).filter(
    ({ id, site, created_at }) => id !== scan.id && site === scan.site && created_at < scan.created_at,
  );
  if (earlier.length === 0 && value === null) return null;
  const isListed = value === null || earlier.some(({ id }) => id === value);
  return (
    <label className="flex min-w-0 items-center gap-2 text-sm text-muted">
      Compare with
      <select
        className="h-9 max-w-72 min-w-0 rounded-lg border border-edge bg-surface px-2 text-ink"
        value={value ?? ''}
        onChange={({ target }) => onChange(target.value === (usual ?? '') ? undefined : target.value)}
      >
        {value === null && <option value="">choose one</option>}
        {value !== null && !isListed && (
          <option value={value}>{`an earlier ${isDiscovery ? 'run' : 'scan'}`}</option>
        )}
        {earlier.map((one) => (
          <option key={one.id} value={one.id}>
            {`${formatLocal(one.started_at ?? one.created_at)}, ${scanTitle(one)}`}
          </option>
        ))}
      </select>
    </label>
  );
}
