import { randomBytes } from 'node:crypto';
import { ENRICHER_PORTS } from '#domain/enrichment/enricher.js';
import { sshHostKeysValue } from '#domain/enrichment/ssh-host-key.js';
import type { Enricher, EnricherResult, OpenConversation } from '#enrichment/enricher.js';
import { type ProvenServer, SshHandshake } from '#enrichment/ssh/handshake.js';
import { SshError } from '#enrichment/ssh/wire.js';

/** For one connection; servers answer within one or two round trips, and old ones compute for a second or two. */
export const SSH_TIMEOUT_MS = 5_000;
/** A handshake up to the key takes 2 to 4 kB. */
export const SSH_MAX_BYTES = 65_536;
const COOKIE_BYTES = 16;

/**
 * Reads all host keys of a server, by one connection for each kind of key that it has, three at most, as `ssh-keyscan`
 * does. They are reported together or not at all: a kind missing for lack of a response would look like a changed key.
 */
export const SSH_HOST_KEYS: Enricher = {
  name: 'ssh',
  facts: ['ssh_host_key'],
  ports: ENRICHER_PORTS.ssh,
  // The connect, the identification, the two messages of the exchange in one, and the disconnect.
  packets: 4,
  timeoutMs: SSH_TIMEOUT_MS,
  maxBytes: SSH_MAX_BYTES,
  probe: readHostKeys,
};

async function readHostKeys(open: OpenConversation): Promise<EnricherResult> {
  const first = await exchange(open, undefined);
  const keys = [first.key];
  for (const group of first.otherGroups) keys.push((await exchange(open, group)).key);
  return { fact: 'ssh_host_key', value: sshHostKeysValue(keys), reason: first.identification };
}

async function exchange(open: OpenConversation, group: readonly string[] | undefined): Promise<ProvenServer> {
  const handshake = new SshHandshake({ group, cookie: randomBytes(COOKIE_BYTES) });
  const conversation = await open();
  conversation.write(SshHandshake.greeting);
  for await (const bytes of conversation.iterator({ destroyOnReturn: false })) {
    const answer = Buffer.concat(handshake.push(bytes));
    if (handshake.proven !== undefined) {
      conversation.end(answer);
      return handshake.proven;
    }
    if (answer.length > 0) conversation.write(answer);
  }
  throw new SshError('it closed the connection before it proved a key');
}
