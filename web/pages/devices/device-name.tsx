import { Link } from '@tanstack/react-router';
import { Fragment } from 'react';
import type { Device } from '#contract/devices/device.js';
import { DEFAULT_SITE } from '#domain/targets/site-name.js';
import { addressClass } from '../../components/hosts/host-address.tsx';

/** By what a person knows a device: its name, or else its first address. */
export function deviceName({ name, addresses, macs, id }: Device): string {
  return name ?? addresses[0] ?? macs[0] ?? id;
}

interface DeviceLinkProps {
  readonly device: Device;
  /** Cut where a name of hundreds of letters would fill the page. */
  readonly isOneLine?: boolean;
}

export function DeviceLink({ device, isOneLine = false }: DeviceLinkProps) {
  return (
    <Link
      to="/devices/$id"
      params={{ id: device.id }}
      className={`font-medium hover:text-accent hover:underline ${isOneLine ? 'min-w-0 truncate' : 'break-all'}`}
    >
      {deviceName(device)}
    </Link>
  );
}

/** Where a device is, unless at the site that there always is: several sites may have the same address. */
export function DeviceSite({ device: { site } }: { readonly device: Device }) {
  return site === DEFAULT_SITE ? null : <span className="text-xs break-words text-muted">site {site}</span>;
}

/** The first addresses of a device, and how many more there are. */
export function DeviceAddresses({ device }: { readonly device: Device }) {
  const { addresses, address_count: count } = device;
  const more = count - addresses.length;
  return (
    <span className="text-xs">
      {addresses.length === 0 && 'none now'}
      {addresses.map((ip, index) => (
        <Fragment key={ip}>
          {index > 0 && ', '}
          <span className={addressClass(ip)}>{ip}</span>
        </Fragment>
      ))}
      {more > 0 && ` and ${more} more`}
    </span>
  );
}
