/** Six bytes as text: lower case, colons, such as `02:00:5e:10:00:01`. */
export type MacAddress = string;

export const MAC_BYTES = 6;
export const BROADCAST_MAC: MacAddress = 'ff:ff:ff:ff:ff:ff';
export const NO_MAC: MacAddress = '00:00:00:00:00:00';

/** The caller has made sure that the 6 bytes are there. */
export function readMac(bytes: Uint8Array, offset: number): MacAddress {
  let text = '';
  for (let at = offset; at < offset + MAC_BYTES; at++) {
    text += `${at === offset ? '' : ':'}${(bytes[at] ?? 0).toString(16).padStart(2, '0')}`;
  }
  return text;
}

/** Throws RangeError for text that is not a MAC address. */
export function macBytes(mac: MacAddress): Uint8Array {
  if (!/^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/i.test(mac)) throw new RangeError(`not a MAC address: ${mac}`);
  return Uint8Array.from(mac.split(':'), (byte) => Number.parseInt(byte, 16));
}
