import { Link } from '@tanstack/react-router';
import type { Host } from '#contract/hosts/host.js';
import { DEFAULT_SITE } from '#domain/targets/site-name.js';
import { ChooseBox } from '../../components/controls/selection-bar.tsx';
import { FlappingMark, HostStatusBadge } from '../../components/feedback/badge.tsx';
import { SortDownIcon, SortUpIcon } from '../../components/feedback/icons.tsx';
import { Ago } from '../../components/feedback/now.tsx';
import { addressClass } from '../../components/hosts/host-address.tsx';
import { HostReason } from '../../components/hosts/host-reason.tsx';
import { TagChips } from '../../components/hosts/tag-chips.tsx';
import {
  BODY,
  CELL,
  HEAD_CELL,
  LINKED_ROW,
  NARROW_STATUS,
  ROW_LINK,
  TABLE,
  TOP_LINE,
  WIDE_CELL,
} from '../../components/lists/table.ts';
import { PortChips } from '../../components/ports/port-chips.tsx';
import { countOf } from '../../format/number.ts';
import type { HostSelection } from './host-selection-bar.tsx';
import type { HostSort } from './hosts-search.ts';

const CHIPS_SHOWN = 8;

interface HostOrder {
  readonly sort: HostSort;
  readonly order: 'asc' | 'desc';
}

interface Sorting {
  readonly order: HostOrder;
  readonly onOrder: (order: HostOrder) => void;
}

interface HostTableProps {
  readonly hosts: readonly Host[];
  /** Absent where the order is fixed: by address. */
  readonly sorting?: Sorting;
  readonly selection: HostSelection;
}

export function HostTable({ hosts, sorting, selection }: HostTableProps) {
  return (
    <table className={TABLE}>
      {/* On a narrow screen the head stays for its sort buttons alone. */}
      <thead className="max-sm:block">
        <tr className="max-sm:flex max-sm:px-1">
          <SortHead label="Address" sort="ip" sorting={sorting} />
          <th className={`${HEAD_CELL} hidden lg:table-cell`}>Name</th>
          <th className={`${HEAD_CELL} max-sm:sr-only`}>Status</th>
          <th className={`${HEAD_CELL} w-2/5 max-sm:sr-only`}>Open ports</th>
          <SortHead
            label="First seen"
            sort="first_seen"
            sorting={sorting}
            className="sm:hidden lg:table-cell"
          />
          <SortHead label="Last seen" sort="last_seen" sorting={sorting} />
        </tr>
      </thead>
      <tbody className={`${BODY} ${TOP_LINE}`}>
        {hosts.map((host) => (
          <HostRow key={host.id} host={host} selection={selection} />
        ))}
      </tbody>
    </table>
  );
}

interface SortHeadProps {
  readonly label: string;
  readonly sort: HostSort;
  readonly sorting: Sorting | undefined;
  readonly className?: string;
}

function SortHead({ label, sort, sorting, className = '' }: SortHeadProps) {
  if (sorting === undefined) return <th className={`${HEAD_CELL} ${className}`}>{label}</th>;
  const { order, onOrder } = sorting;
  const isHere = order.sort === sort;
  const isDown = order.order === 'desc';
  const SortIcon = isDown ? SortDownIcon : SortUpIcon;
  // Times are looked at newest first, addresses lowest first; a second press turns either round.
  const firstOrder = sort === 'ip' ? 'asc' : 'desc';
  return (
    <th
      className={`${HEAD_CELL} ${className}`}
      aria-sort={isHere ? (isDown ? 'descending' : 'ascending') : 'none'}
    >
      <button
        type="button"
        className={`-mx-1 inline-flex items-center gap-1 rounded px-1 hover:text-ink ${isHere ? 'text-ink' : ''}`}
        onClick={() => onOrder({ sort, order: isHere ? (isDown ? 'asc' : 'desc') : firstOrder })}
      >
        {label}
        {isHere && <SortIcon />}
      </button>
    </th>
  );
}

function HostRow({ host, selection }: { readonly host: Host; readonly selection: HostSelection }) {
  const name = host.custom_name ?? host.hostname;
  return (
    <tr className={LINKED_ROW}>
      <td className={`${CELL} sm:min-w-40`}>
        <ChooseBox selection={selection} id={host.id} name={host.ip} />
        <Link to="/hosts/$id" params={{ id: host.id }} className={`${ROW_LINK} ${addressClass(host.ip)}`}>
          {host.ip}
        </Link>
        {host.site !== DEFAULT_SITE && <p className="text-xs break-words text-muted">site {host.site}</p>}
        {name !== null && <p className="text-xs break-all text-muted lg:hidden">{name}</p>}
      </td>
      <td className={`${CELL} hidden max-w-48 truncate lg:table-cell`}>
        {name ?? <span className="text-muted">–</span>}
      </td>
      <td className={`${CELL} ${NARROW_STATUS}`}>
        <HostStatusBadge status={host.status} /> {host.flapping && <FlappingMark />}
        {host.status_reason !== null && <HostReason reason={host.status_reason} />}
        {host.status_since !== null && host.status !== 'up' && (
          <p className="text-xs text-muted">
            since <Ago time={host.status_since} />
          </p>
        )}
        {host.misses > 0 && host.status === 'up' && (
          <p className="text-xs text-muted">missed by {countOf(host.misses, 'run')}</p>
        )}
      </td>
      <td className={WIDE_CELL}>
        <PortChips ports={host.open_ports} limit={CHIPS_SHOWN} />
        {host.tags.length > 0 && (
          <div className="mt-1.5">
            <TagChips tags={host.tags} />
          </div>
        )}
      </td>
      <td className={`${CELL} hidden text-muted lg:table-cell`}>
        <Ago time={host.first_seen} />
      </td>
      <td className={`${WIDE_CELL} text-muted max-sm:text-xs`}>
        <span className="sm:hidden">last seen </span>
        <Ago time={host.last_seen} />
      </td>
    </tr>
  );
}
