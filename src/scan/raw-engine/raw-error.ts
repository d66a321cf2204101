import { ScanoramaError } from '#domain/errors/error.js';
import { NativeCallError } from '#net/native/libc/native-call-error.js';

const FORBIDDEN = new Set(['EPERM', 'EACCES']);
// ENETUNREACH: nothing leads through the interface that the socket is bound to, although something did.
const GONE = new Set(['ENETDOWN', 'ENXIO', 'ENODEV', 'ENETUNREACH']);

/** What a raw engine's failure is to a person: the machine's word, or a missing privilege. */
export function rawError(error: unknown): unknown {
  if (!(error instanceof NativeCallError)) return error;
  const { call, code } = error;
  const facts = { call, code };
  // Who may open the socket may send: what is forbidden then is this packet.
  if (FORBIDDEN.has(code) && call === 'sendmmsg') {
    return new ScanoramaError(
      'engine_failed',
      `A firewall rule of this machine forbids packets to some of the targets: ${code}.`,
      {
        hint: 'Lift the rule, make room in the table of connections (net.netfilter.nf_conntrack_max), or exclude what is forbidden, then resume the scan.',
        facts,
        cause: error,
      },
    );
  }
  if (FORBIDDEN.has(code)) {
    return new ScanoramaError(
      'privilege_missing',
      'Raw packets need the privilege CAP_NET_RAW, which this process does not have.',
      { hint: 'Run it as root or with CAP_NET_RAW, or scan with --type connect.', facts, cause: error },
    );
  }
  const message = GONE.has(code)
    ? `The network interface that the packets left through is down or gone: ${code}.`
    : `This machine cannot send raw packets any more: ${call} failed with ${code}.`;
  return new ScanoramaError('engine_failed', message, {
    hint: 'See what this machine lacks, then resume the scan: it goes on where it stopped.',
    facts,
    cause: error,
  });
}

export function noPortsError(): ScanoramaError {
  return new ScanoramaError(
    'engine_failed',
    'No source ports are left for another raw scan: others on this machine hold them all.',
    { hint: 'Let a running scan end, or lower the upper end of net.ipv4.ip_local_port_range.' },
  );
}
