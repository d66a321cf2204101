import { z } from 'zod';
import { PROTOCOLS } from '#domain/ports/protocol.js';

const ofPort = {
  port: z.number().int(),
  protocol: z.enum(PROTOCOLS),
  seen_at: z
    .string()
    .describe('When it was last seen; as of a past instant, since when it was known to be so then.'),
};

/** The keys by which an SSH server proves who it is. */
export const sshServerSchema = z.object({
  ...ofPort,
  keys: z.array(
    z.object({
      algorithm: z.string(),
      fingerprint: z.string().describe('As OpenSSH prints it: `SHA256:` and base64.'),
      bits: z.number().int(),
    }),
  ),
  banner: z.string().nullable().describe('How the server introduced itself.'),
});
export type SshServer = z.infer<typeof sshServerSchema>;

/** The certificate that a TLS server showed who named no host. */
export const certificateSchema = z.object({
  ...ofPort,
  fingerprint: z.string().describe('SHA-256 over the certificate, hex digits.'),
  subject: z.string(),
  subject_cn: z.string().nullable(),
  issuer: z.string(),
  issuer_cn: z.string().nullable(),
  names: z.array(z.string()).describe('Subject alternative names with their kind: `DNS:www.example`.'),
  names_left_out: z.number().int().describe('How many names more it has, of which there is no room.'),
  not_before: z.string().nullable(),
  not_after: z.string().nullable(),
  serial: z.string(),
  key_type: z.string().nullable(),
  key_bits: z.number().int().nullable(),
  tls_version: z.string().nullable().describe('What was spoken: `TLSv1.3`.'),
});
export type PortCertificate = z.infer<typeof certificateSchema>;

/** What ports of a host showed beside that they are open, by port. */
export const portEvidenceFields = {
  ssh_servers: z.array(sshServerSchema).default([]),
  certificates: z.array(certificateSchema).default([]),
};
export interface PortEvidence {
  readonly ssh_servers: readonly SshServer[];
  readonly certificates: readonly PortCertificate[];
}
