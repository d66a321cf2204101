/** What is sent to a UDP port so that its service answers; empty where nothing better is known. */
export function udpPayload(_port: number): Uint8Array {
  return new Uint8Array(0);
}
