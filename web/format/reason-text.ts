import { isHostEvidence, REASONS, type Reason } from '#domain/ports/port-state.js';

const HOST_TEXTS: Readonly<Record<Reason, string>> = {
  'syn-ack': 'a port accepted a connection',
  'conn-refused': 'a port refused a connection',
  'no-response': 'nothing answered',
  'host-unreach': 'the network said that the host cannot be reached',
  'net-unreach': 'there is no way to its network',
  'port-unreach': 'it said that a port is closed',
  'proto-unreach': 'the protocol was said not to be served',
  'admin-prohibited': 'a filter said that it forbids the probes',
  'conn-reset': 'a port broke a connection off',
  'udp-response': 'a UDP port answered',
  rst: 'a port answered with a reset',
  'ttl-exceeded': 'a router said that the probe went in circles',
  'echo-reply': 'it answered a ping',
  'timestamp-reply': 'it told its time when asked',
  'arp-response': 'it answered for its address on the local network',
  'nd-response': 'it answered for its address on the local network',
  'answers-all': 'something answers on every port in its place',
  tarpit: 'a tarpit answers on every port in its place',
  unreported: 'the report does not say why',
};

/** Why a host counts as up or down, in a few words: `a port refused a connection`. */
export function hostReasonTexts(reason: Reason): string {
  return HOST_TEXTS[reason];
}

/** The same as a sentence that draws the conclusion. */
export function hostReasonSentence(reason: Reason): string {
  const texts = HOST_TEXTS[reason];
  const conclusion = isHostEvidence(reason) ? ', so somebody is there' : '';
  return `${texts.charAt(0).toUpperCase()}${texts.slice(1)}${conclusion}.`;
}

const PORT_SENTENCES: Readonly<Record<Reason, string>> = {
  'syn-ack': 'The port accepted a connection.',
  'conn-refused': 'The host refused the connection: nothing listens there.',
  'no-response': 'Nothing came back: a filter may drop the probes.',
  'host-unreach': 'The network said that the host cannot be reached.',
  'net-unreach': 'There is no way to the network.',
  'port-unreach': 'The host said that nothing listens on this port.',
  'proto-unreach': 'The protocol was said not to be served.',
  'admin-prohibited': 'A filter said that it forbids the probe.',
  'conn-reset': 'The host broke the connection off.',
  'udp-response': 'The port answered over UDP.',
  rst: 'The host answered with a reset: nothing listens there.',
  'ttl-exceeded': 'A router said that the probe went in circles.',
  'echo-reply': 'The host answered a ping.',
  'timestamp-reply': 'The host told its time when asked.',
  'arp-response': 'The host answered for its address on the local network.',
  'nd-response': 'The host answered for its address on the local network.',
  'answers-all': 'Something answers on every port in place of the host, so nothing is known of this one.',
  tarpit: 'A tarpit answers on every port in place of the host, so nothing is known of this one.',
  unreported: 'The report does not say why.',
};

/** Why a port counts as what it does, as a sentence; undefined for a reason that this page does not know. */
export function portReasonSentence(reason: string): string | undefined {
  const known = REASONS.find((text) => text === reason);
  return known === undefined ? undefined : PORT_SENTENCES[known];
}
