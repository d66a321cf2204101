import { membersOf, parseJsonObject } from '#domain/text/json-object.js';

/** A key that an SSH server proved to hold. */
export interface SshHostKey {
  /** As its key file has it: `ssh-ed25519`. */
  readonly algorithm: string;
  /** As OpenSSH prints it: `SHA256:` and 43 characters of base64. */
  readonly fingerprint: string;
  readonly bits: number;
}

/** Canonical text of the keys of one server: the same keys give the same text, in whatever order they were learnt. */
export function sshHostKeysValue(keys: readonly SshHostKey[]): string {
  const ordered = keys.toSorted((one, other) => (one.algorithm < other.algorithm ? -1 : 1));
  return JSON.stringify({
    keys: ordered.map(({ algorithm, fingerprint, bits }) => ({ algorithm, fingerprint, bits })),
  });
}

/** Inverse of `sshHostKeysValue`; undefined for any other text. */
export function parseSshHostKeys(value: string): readonly SshHostKey[] | undefined {
  const listed = parseJsonObject(value)?.get('keys');
  if (!Array.isArray(listed)) return undefined;
  const keys = listed.map(keyOf);
  return keys.every((key) => key !== undefined) ? keys : undefined;
}

function keyOf(value: unknown): SshHostKey | undefined {
  const members = membersOf(value);
  const algorithm = members?.get('algorithm');
  const fingerprint = members?.get('fingerprint');
  const bits = members?.get('bits');
  return typeof algorithm === 'string' && typeof fingerprint === 'string' && typeof bits === 'number'
    ? { algorithm, fingerprint, bits }
    : undefined;
}

/** Keys as a person reads them: `ssh-ed25519 SHA256:…, ssh-rsa 3072 SHA256:…`. */
export function sshHostKeysText(keys: readonly SshHostKey[]): string {
  return keys.map(sshHostKeyText).join(', ');
}

/** The size is told where the name of the algorithm does not. */
export function sshHostKeyText({ algorithm, fingerprint, bits }: SshHostKey): string {
  return algorithm === 'ssh-rsa' ? `${algorithm} ${bits} ${fingerprint}` : `${algorithm} ${fingerprint}`;
}
