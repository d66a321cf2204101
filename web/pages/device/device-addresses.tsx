import { useState } from 'react';
import type { DeviceDetail } from '#contract/devices/device.js';
import { Button } from '../../components/controls/button.tsx';
import { Ago } from '../../components/feedback/now.tsx';
import { HostAddress } from '../../components/hosts/host-address.tsx';
import { DataTable } from '../../components/lists/data-table.tsx';
import { Panel } from '../../components/lists/panel.tsx';
import { CELL, ROW } from '../../components/lists/table.ts';
import { countOf } from '../../format/number.ts';
import { DecideDialog } from '../devices/decide-dialog.tsx';

/** Every address the device has or had; those that are chosen can be made another device. */
export function DeviceAddressPanel({ device: { id: device, held } }: { readonly device: DeviceDetail }) {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [isConfirming, setConfirming] = useState(false);
  const bindings = new Set(held.map(({ id }) => id));
  const ids = [...chosen].filter((id) => bindings.has(id));
  const toggle = (id: string) =>
    setChosen(
      (before) => new Set(before.has(id) ? [...before].filter((one) => one !== id) : [...before, id]),
    );
  return (
    <Panel title="Addresses" flush>
      {ids.length > 0 && (
        <div className="flex items-center gap-3 px-4 pb-3 text-sm sm:px-5">
          <span>{countOf(ids.length, 'address', 'addresses')} chosen</span>
          <Button
            variant="primary"
            disabled={ids.length === bindings.size}
            onClick={() => setConfirming(true)}
          >
            Split off
          </Button>
        </div>
      )}
      <DataTable
        heads={['Choose', 'Address', 'MAC address', 'Since', { title: 'Until', className: 'w-full' }]}
      >
        {held.map(({ id, host_id, ip, mac, since, until }) => (
          <tr key={`${id} ${since}`} className={ROW}>
            <td className={CELL}>
              {bindings.size > 1 && (
                <input
                  type="checkbox"
                  aria-label={`Choose ${ip}`}
                  checked={chosen.has(id)}
                  onChange={() => toggle(id)}
                />
              )}
            </td>
            <td className={CELL}>
              <HostAddress ip={ip} hostId={host_id} />
            </td>
            <td className={`${CELL} font-mono`}>{mac ?? <span className="text-muted">not known</span>}</td>
            <td className={`${CELL} whitespace-nowrap`}>
              {since === null ? 'as long as it is known' : <Ago time={since} />}
            </td>
            <td className={`${CELL} whitespace-nowrap`}>{until === null ? 'now' : <Ago time={until} />}</td>
          </tr>
        ))}
      </DataTable>
      {isConfirming && (
        <DecideDialog
          input={{ kind: 'split', device, addresses: ids }}
          onClose={() => setConfirming(false)}
        />
      )}
    </Panel>
  );
}
