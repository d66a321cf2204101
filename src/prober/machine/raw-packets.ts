import { loadLibc } from '#net/native/libc/libc.js';

const AF_PACKET = 17;
const SOCK_RAW = 3;
/** Hears no protocol, so not a single packet reaches it. */
const NO_PROTOCOL = 0;

/** Whether this process may send and receive raw packets: told by the kernel itself, with a socket that is closed at once. */
export function mayUseRawPackets(): boolean {
  if (process.platform !== 'linux') return false;
  try {
    const libc = loadLibc();
    const fd = libc.socket(AF_PACKET, SOCK_RAW, NO_PROTOCOL);
    if (fd < 0) return false;
    libc.close(fd);
    return true;
  } catch {
    // No GNU C library, as on Alpine: nothing native can be had.
    return false;
  }
}
