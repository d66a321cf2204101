import { DEVICE_KINDS, type DeviceKind } from '#domain/devices/device.js';
import { oneOf, pageIn, present, type RawSearch, textIn } from '../search.ts';

export const MAX_SEARCH_CHARACTERS = 255;

export interface DevicesSearch {
  readonly page: number;
  readonly kind: DeviceKind;
  readonly search: string;
}

export function readDevicesSearch(search: RawSearch): Partial<DevicesSearch> {
  return present<DevicesSearch>({
    page: pageIn(search),
    kind: oneOf(DEVICE_KINDS, search['kind']),
    search: textIn(search['search'], MAX_SEARCH_CHARACTERS),
  });
}
