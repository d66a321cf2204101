import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import type { DeviceDetail } from '#contract/devices/device.js';
import { randomizedMacs } from '#domain/devices/device.js';
import { deviceQuery } from '../../api/queries.ts';
import { Ago } from '../../components/feedback/now.tsx';
import { PageHeading, Panel } from '../../components/lists/panel.tsx';
import { DeviceLink, deviceName } from '../devices/device-name.tsx';
import { SuggestionCards } from '../devices/suggestion-cards.tsx';
import { NotYet } from '../shell/not-found.tsx';
import { DeviceAddressPanel } from './device-addresses.tsx';
import { DeviceDecisions } from './device-decisions.tsx';
import { DeviceEvidencePanel } from './device-evidence.tsx';

const route = getRouteApi('/shell/devices/$id');

export function DevicePage() {
  const { id } = route.useParams();
  const device = useQuery(deviceQuery(id));
  if (device.data === undefined)
    return <NotYet confirmed={device} title="There is no such device" list="/devices" />;
  const { suggestions, decisions, evidence } = device.data;
  return (
    <>
      <DeviceHeader device={device.data} />
      {suggestions.length > 0 && (
        <Panel title="May be the same as" flush>
          <SuggestionCards suggestions={suggestions} />
        </Panel>
      )}
      <DeviceAddressPanel key={device.data.id} device={device.data} />
      <DeviceEvidencePanel evidence={evidence} />
      {decisions.length > 0 && <DeviceDecisions decisions={decisions} />}
    </>
  );
}

const KIND_SENTENCES: Readonly<Record<DeviceDetail['kind'], string>> = {
  identified: 'can be told from others',
  provisional: 'an address, and nobody knows whose',
  floating: 'an address that several devices hold in turn',
};

function DeviceHeader({ device }: { readonly device: DeviceDetail }) {
  const { kind, macs, vendor, site, floating } = device;
  return (
    <div className="flex flex-col gap-2">
      <PageHeading title={deviceName(device)} />
      <p className="flex flex-wrap gap-x-3 gap-y-1 text-sm text-muted">
        <span>{KIND_SENTENCES[kind]}</span>
        {macs.length > 0 && <span className="font-mono">{macs.join(', ')}</span>}
        {randomizedMacs(device.evidence).map((mac) => (
          <span key={mac}>
            <span className="font-mono">{mac}</span> (randomized)
          </span>
        ))}
        {vendor !== null && <span>{vendor}</span>}
        <span>site {site}</span>
        <span>
          first seen <Ago time={device.first_seen} />
        </span>
        <span>
          last seen <Ago time={device.last_seen} />
        </span>
      </p>
      {floating.length > 0 && (
        <p className="flex flex-wrap gap-x-2 text-sm">
          {kind === 'floating' ? 'Held in turn by' : 'Holds in turn with others:'}
          {floating.map((other) => (
            <DeviceLink key={other.id} device={other} />
          ))}
        </p>
      )}
    </div>
  );
}
