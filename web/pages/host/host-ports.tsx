import { useState } from 'react';
import type { HostPort } from '#contract/hosts/host.js';
import { PORT_STATES, type PortState } from '#domain/ports/port-state.js';
import { portServiceText } from '#domain/ports/service-text.js';
import { Button } from '../../components/controls/button.tsx';
import { FilterSelect } from '../../components/controls/select.tsx';
import { PortStateBadge } from '../../components/feedback/badge.tsx';
import { EmptyState } from '../../components/feedback/notice.tsx';
import { Ago } from '../../components/feedback/now.tsx';
import { DataTable } from '../../components/lists/data-table.tsx';
import { Panel } from '../../components/lists/panel.tsx';
import { CELL, ROW } from '../../components/lists/table.ts';
import { tallyPorts } from '../../components/ports/port-scale.ts';
import { PortStrip } from '../../components/ports/port-strip.tsx';
import { countOf } from '../../format/number.ts';
import { portReasonSentence } from '../../format/reason-text.ts';

const ROWS_AT_ONCE = 100;

export function HostPorts({ ports }: { readonly ports: readonly HostPort[] }) {
  const [state, setState] = useState<PortState>();
  const [shown, setShown] = useState(ROWS_AT_ONCE);
  const states = PORT_STATES.filter((raw) => ports.some((port) => port.state === raw));
  const chosen = state === undefined ? ports : ports.filter((port) => port.state === state);
  const open = ports.filter((port) => port.state === 'open').map(({ port }) => port);

  return (
    <Panel
      title="Ports"
      flush
      aside={
        states.length > 1 && (
          <FilterSelect label="State" all="all" values={states} value={state} onChange={setState} />
        )
      }
    >
      {ports.length === 0 ? (
        <EmptyState title="No port of this host was ever seen open." />
      ) : (
        <>
          <div className="px-4 pt-1 pb-5 sm:px-5">
            <PortStrip marks={tallyPorts([open])} caption="Open on this host" isUnderWay={false} />
          </div>
          <PortTable ports={chosen.slice(0, shown)} />
          {chosen.length > shown && (
            <div className="flex justify-center py-3">
              <Button onClick={() => setShown(shown + ROWS_AT_ONCE)}>
                Show more of {countOf(chosen.length, 'port')}
              </Button>
            </div>
          )}
        </>
      )}
    </Panel>
  );
}

function PortTable({ ports }: { readonly ports: readonly HostPort[] }) {
  return (
    <DataTable
      heads={[
        'Port',
        'State',
        'Service',
        { title: 'First open', className: 'hidden sm:table-cell' },
        'Last open',
      ]}
    >
      {ports.map((port) => (
        <tr key={`${port.port}/${port.protocol}`} className={ROW}>
          <td className={`${CELL} font-mono whitespace-nowrap`}>
            {port.port}/{port.protocol}
          </td>
          <td className={CELL}>
            <div className="flex flex-wrap items-center gap-x-2 gap-y-1 max-sm:flex-row-reverse">
              <PortStateBadge state={port.state} />
              <span className="text-xs text-muted" title={portReasonSentence(port.reason)}>
                {port.reason}
              </span>
            </div>
          </td>
          <td className={CELL}>
            {portServiceText(port) ?? <span className="text-muted max-sm:invisible">–</span>}
          </td>
          <td className={`${CELL} hidden text-muted sm:table-cell`}>
            <Ago time={port.first_seen} />
          </td>
          <td className={`${CELL} text-muted max-sm:text-right`}>
            <span className="sm:hidden">last open </span>
            {port.last_seen === null ? '–' : <Ago time={port.last_seen} />}
          </td>
        </tr>
      ))}
    </DataTable>
  );
}
