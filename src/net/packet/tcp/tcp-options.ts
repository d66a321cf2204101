import { viewOf } from '#net/packet/bytes.js';
import { type Decoded, PacketError } from '#net/packet/packet-error.js';
import { MAX_TCP_OPTION_BYTES } from '#net/packet/tcp/tcp.js';

export type TcpOption =
  | { readonly kind: 'mss'; readonly bytes: number }
  | { readonly kind: 'window-scale'; readonly shift: number }
  | { readonly kind: 'sack-permitted' }
  | { readonly kind: 'sack'; readonly blocks: readonly { readonly left: number; readonly right: number }[] }
  | { readonly kind: 'timestamps'; readonly value: number; readonly echo: number }
  | { readonly kind: 'other'; readonly number: number; readonly data: Uint8Array };

const END = 0;
const NO_OPERATION = 1;
const NUMBER = { mss: 2, 'window-scale': 3, 'sack-permitted': 4, sack: 5, timestamps: 8 } as const;

/** Padding is left out; what comes after the end mark is not read. */
export function decodeTcpOptions(bytes: Uint8Array): Decoded<TcpOption[]> {
  const options: TcpOption[] = [];
  for (let at = 0; at < bytes.length; ) {
    const number = bytes[at] ?? END;
    if (number === END) break;
    if (number === NO_OPERATION) {
      at += 1;
      continue;
    }
    if (at + 1 >= bytes.length) return new PacketError('truncated', bytes.length);
    const length = bytes[at + 1] ?? 0;
    if (length < 2) return new PacketError('bad-option', at + 1);
    if (at + length > bytes.length) return new PacketError('truncated', bytes.length);
    const option = decodeOption(number, bytes.subarray(at + 2, at + length));
    if (option === undefined) return new PacketError('bad-option', at + 1);
    options.push(option);
    at += length;
  }
  return options;
}

/** `undefined` when the length is not the one this option has. */
function decodeOption(number: number, data: Uint8Array): TcpOption | undefined {
  const view = viewOf(data);
  switch (number) {
    case NUMBER.mss:
      return data.length === 2 ? { kind: 'mss', bytes: view.getUint16(0) } : undefined;
    case NUMBER['window-scale']:
      return data.length === 1 ? { kind: 'window-scale', shift: view.getUint8(0) } : undefined;
    case NUMBER['sack-permitted']:
      return data.length === 0 ? { kind: 'sack-permitted' } : undefined;
    case NUMBER.sack:
      return data.length > 0 && data.length % 8 === 0
        ? { kind: 'sack', blocks: sackBlocks(view) }
        : undefined;
    case NUMBER.timestamps:
      if (data.length !== 8) return undefined;
      return { kind: 'timestamps', value: view.getUint32(0), echo: view.getUint32(4) };
    default:
      return { kind: 'other', number, data };
  }
}

function sackBlocks(view: DataView): { left: number; right: number }[] {
  return Array.from({ length: view.byteLength / 8 }, (_, block) => ({
    left: view.getUint32(block * 8),
    right: view.getUint32(block * 8 + 4),
  }));
}

/** In their order, padded to a multiple of 4 with end marks. Throws RangeError when a header has no room for them. */
export function encodeTcpOptions(options: readonly TcpOption[]): Uint8Array {
  const bytes = options.flatMap((option) => {
    const data = optionData(option);
    return [option.kind === 'other' ? option.number : NUMBER[option.kind], data.length + 2, ...data];
  });
  const padded = Math.ceil(bytes.length / 4) * 4;
  if (padded > MAX_TCP_OPTION_BYTES) throw new RangeError(`no room for ${padded} bytes of TCP options`);
  return Uint8Array.from({ length: padded }, (_, at) => bytes[at] ?? END);
}

function optionData(option: TcpOption): readonly number[] {
  switch (option.kind) {
    case 'mss':
      return [option.bytes >> 8, option.bytes & 0xff];
    case 'window-scale':
      return [option.shift];
    case 'sack-permitted':
      return [];
    case 'sack':
      return option.blocks.flatMap(({ left, right }) => [...word(left), ...word(right)]);
    case 'timestamps':
      return [...word(option.value), ...word(option.echo)];
    default:
      return [...option.data];
  }
}

function word(value: number): readonly number[] {
  return [value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff];
}
