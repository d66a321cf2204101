import { describe, expect, it } from 'vitest';
import { vendorOfMac } from '#work/batches/mac-vendor.js';

describe('the vendor of a MAC address', () => {
  it.each([
    ['00:00:00:12:34:56', 'XEROX CORPORATION'],
    ['00:00:5e:00:01:05', 'ICANN, IANA Department'],
  ])('%s is %s', (mac, vendor) => {
    expect(vendorOfMac(mac)).toBe(vendor);
  });

  it('is that of the longest prefix, and undefined for a locally administered address', () => {
    // 24 bits belong to the registry itself, which assigns blocks of 28 and 36 bits from them.
    expect(vendorOfMac('70:b3:d5:00:10:01')).toBe('SOREDI touch systems GmbH');
    expect(vendorOfMac('02:00:00:12:34:56')).toBeUndefined();
    expect(vendorOfMac('fe:ed:fa:ce:be:ef')).toBeUndefined();
  });
});
