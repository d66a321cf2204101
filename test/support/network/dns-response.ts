/** A name server's response to a query with one question: a PTR record for each name, owned by the queried name. */
export function dnsResponse(
  query: Uint8Array,
  { names = [], responseCode = 0 }: { names?: readonly string[]; responseCode?: number },
): Uint8Array {
  const header = Uint8Array.from(query.subarray(0, 12));
  header[2] = 0x81;
  header[3] = 0x80 | responseCode;
  header[7] = names.length;
  const records = names.flatMap((name) => {
    const data = [...nameBytes(name), 0];
    // The owner is a pointer to the question; class Internet, a TTL of an hour.
    return [0xc0, 12, 0, 12, 0, 1, 0, 0, 14, 16, data.length >> 8, data.length & 0xff, ...data];
  });
  return Uint8Array.of(...header, ...query.subarray(12), ...records);
}

function nameBytes(name: string): number[] {
  return name.split('.').flatMap((label) => {
    const bytes = Buffer.from(label);
    return [bytes.length, ...bytes];
  });
}
