import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import type { Device } from '#contract/devices/device.js';
import { DEVICE_KINDS } from '#domain/devices/device.js';
import { deviceSuggestionsQuery, devicesQuery } from '../../api/queries.ts';
import { Button } from '../../components/controls/button.tsx';
import { FilterSelect } from '../../components/controls/select.tsx';
import { ChooseBox } from '../../components/controls/selection-bar.tsx';
import { EmptyState } from '../../components/feedback/notice.tsx';
import { Ago } from '../../components/feedback/now.tsx';
import { DataTable } from '../../components/lists/data-table.tsx';
import { ListBody, ListTotal } from '../../components/lists/list-body.tsx';
import { PageHeading, Panel } from '../../components/lists/panel.tsx';
import { CELL, ROW } from '../../components/lists/table.ts';
import { countOf } from '../../format/number.ts';
import { present } from '../search.ts';
import { DecideDialog } from './decide-dialog.tsx';
import { DeviceAddresses, DeviceLink, DeviceSite, deviceName } from './device-name.tsx';
import { MAX_SEARCH_CHARACTERS } from './devices-search.ts';
import { SuggestionCards } from './suggestion-cards.tsx';

const route = getRouteApi('/shell/devices');
const PAGE_SIZE_ROWS = 50;
/** The most likely ones; the others come when these are answered. */
const SUGGESTIONS_SHOWN = 6;

export function DevicesPage() {
  return (
    <>
      <PageHeading title="Devices" />
      <SuggestionsPanel />
      <DevicesPanel />
    </>
  );
}

function SuggestionsPanel() {
  const suggestions = useQuery(deviceSuggestionsQuery({ page_size: SUGGESTIONS_SHOWN }));
  if (suggestions.data === undefined || suggestions.data.data.length === 0) return null;
  return (
    <Panel title="May be one device" flush aside={<ListTotal list={suggestions} one="suggestion" />}>
      <SuggestionCards suggestions={suggestions.data.data} />
    </Panel>
  );
}

function DevicesPanel() {
  const { page = 1, kind, search } = route.useSearch();
  const navigate = route.useNavigate();
  const devices = useQuery(devicesQuery(present({ page, page_size: PAGE_SIZE_ROWS, kind, search })));
  return (
    <Panel
      title="Devices"
      flush
      aside={
        <div className="flex flex-wrap items-center gap-3">
          <SearchField
            value={search ?? ''}
            onChange={(text) =>
              void navigate({ search: present({ kind, search: text || undefined }), replace: true })
            }
          />
          <FilterSelect
            label="Kind"
            all="all"
            values={DEVICE_KINDS}
            value={kind}
            onChange={(value) => void navigate({ search: present({ kind: value, search }) })}
          />
          <ListTotal list={devices} one="device" />
        </div>
      }
    >
      <ListBody
        list={devices}
        empty={
          <EmptyState title="No devices">
            <p>A device is what is behind one or more addresses. Scans find them.</p>
          </EmptyState>
        }
        onPage={(to) => void navigate({ search: present({ page: to > 1 ? to : undefined, kind, search }) })}
      >
        {(shown) => <DeviceTable devices={shown} />}
      </ListBody>
    </Panel>
  );
}

interface SearchFieldProps {
  readonly value: string;
  readonly onChange: (text: string) => void;
}

/** Shows at once what is typed, where the address comes late, which would move the cursor; follows the address otherwise. */
function SearchField({ value, onChange }: SearchFieldProps) {
  const [text, setText] = useState(value);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (document.activeElement !== field.current) setText(value);
  }, [value]);
  return (
    <input
      ref={field}
      aria-label="Search devices"
      placeholder="Address, MAC or name"
      maxLength={MAX_SEARCH_CHARACTERS}
      className="h-9 rounded-lg border border-edge bg-surface px-3 text-sm text-ink"
      value={text}
      onChange={({ target }) => {
        setText(target.value);
        onChange(target.value);
      }}
    />
  );
}

function DeviceTable({ devices }: { readonly devices: readonly Device[] }) {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [isConfirming, setConfirming] = useState(false);
  // What is on another page, or was merged since, is not meant any more.
  const ids = devices.filter(({ id }) => chosen.has(id)).map(({ id }) => id);
  const selection = {
    has: (id: string) => chosen.has(id),
    toggle: (id: string) =>
      setChosen(
        (before) => new Set(before.has(id) ? [...before].filter((one) => one !== id) : [...before, id]),
      ),
  };
  return (
    <>
      {ids.length > 0 && (
        <div className="flex items-center gap-3 px-4 pb-3 text-sm sm:px-5">
          <span>{countOf(ids.length, 'device')} chosen</span>
          <Button variant="primary" disabled={ids.length < 2} onClick={() => setConfirming(true)}>
            Merge
          </Button>
        </div>
      )}
      <DataTable heads={['Device', 'Kind', { title: 'Addresses', className: 'w-full' }, 'Last seen']}>
        {devices.map((device) => (
          <tr key={device.id} className={ROW}>
            {/* Addresses break where they must, so the column needs a width that an IPv4 address fits in. */}
            <td className={`${CELL} max-w-72 sm:min-w-48`}>
              <div className="flex items-center" title={deviceName(device)}>
                <ChooseBox selection={selection} id={device.id} name={deviceName(device)} />
                <DeviceLink device={device} isOneLine />
              </div>
              {device.vendor !== null && <p className="text-xs break-words text-muted">{device.vendor}</p>}
              <div>
                <DeviceSite device={device} />
              </div>
            </td>
            <td className={CELL}>{device.kind}</td>
            <td className={CELL}>
              <DeviceAddresses device={device} />
            </td>
            <td className={`${CELL} whitespace-nowrap`}>
              <Ago time={device.last_seen} />
            </td>
          </tr>
        ))}
      </DataTable>
      {isConfirming && (
        <DecideDialog input={{ kind: 'merge', devices: ids }} onClose={() => setConfirming(false)} />
      )}
    </>
  );
}
