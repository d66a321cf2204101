import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FINDING_FACTS } from '#domain/enrichment/finding.js';
import { sshHostKeysValue } from '#domain/enrichment/ssh-host-key.js';
import { readEvidence } from '#identity/evidence.js';

const KEYS = sshHostKeysValue([{ algorithm: 'ssh-ed25519', fingerprint: 'SHA256:abc+/=', bits: 256 }]);

describe('reading evidence', () => {
  it.each([
    ['mac_address', '00:1B:21:00:00:01', 'mac', '00:1b:21:00:00:01'],
    ['mac_address', '02:42:ac:11:00:02', 'randomized_mac', '02:42:ac:11:00:02'],
    ['mac_address', '00:00:5e:00:01:0a', 'virtual_mac', '00:00:5e:00:01:0a'],
    ['mac_address', '00:00:5e:00:02:0a', 'virtual_mac', '00:00:5e:00:02:0a'],
    ['mac_address', '00:00:0c:07:ac:01', 'virtual_mac', '00:00:0c:07:ac:01'],
    ['mac_address', '00:00:0c:9f:f0:01', 'virtual_mac', '00:00:0c:9f:f0:01'],
    ['mac_address', '00:00:0c:9f:00:01', 'mac', '00:00:0c:9f:00:01'],
    ['mac_address', '00:07:b4:00:01:02', 'virtual_mac', '00:07:b4:00:01:02'],
    ['hostname', 'NAS.lan.', 'name', 'nas.lan'],
    ['hostname', 'iPhone.lan', 'generic_name', 'iphone.lan'],
    ['hostname', 'iphone-12', 'generic_name', 'iphone-12'],
    ['hostname', 'annas-iphone', 'name', 'annas-iphone'],
    ['hostname', 'Galaxy-S21.lan', 'generic_name', 'galaxy-s21.lan'],
    ['hostname', 'redmi-note-11-pro', 'generic_name', 'redmi-note-11-pro'],
    ['hostname', 'pixel-7', 'generic_name', 'pixel-7'],
    ['hostname', 'oneplus', 'generic_name', 'oneplus'],
    ['hostname', 'huawei_p30_lite', 'generic_name', 'huawei_p30_lite'],
    ['hostname', 'pixel-of-anna', 'name', 'pixel-of-anna'],
    ['hostname', 'milk.lan', 'name', 'milk.lan'],
    ['hostname', 'dhcp-17.guest.test', 'generic_name', 'dhcp-17.guest.test'],
    ['hostname', 'ip-198-18-0-5.test', 'generic_name', 'ip-198-18-0-5.test'],
    ['ssh_host_key', KEYS, 'ssh_host_key', 'ssh-ed25519 SHA256:abc+/='],
    ['tls_certificate', `{"fingerprint":"${'ab'.repeat(32)}"}`, 'tls_certificate', 'ab'.repeat(32)],
  ] as const)('reads %s %s as %s', (fact, text, kind, value) => {
    expect(readEvidence(fact, text)).toEqual([{ kind, value }]);
  });

  it('reads each key of a server as evidence of its own', () => {
    const keys = [
      { algorithm: 'ssh-ed25519', fingerprint: 'SHA256:e', bits: 256 },
      { algorithm: 'ssh-rsa', fingerprint: 'SHA256:r', bits: 3_072 },
    ];
    expect(readEvidence('ssh_host_key', sshHostKeysValue(keys))).toEqual([
      { kind: 'ssh_host_key', value: 'ssh-ed25519 SHA256:e' },
      { kind: 'ssh_host_key', value: 'ssh-rsa SHA256:r' },
    ]);
  });

  it.each([
    ['mac_address', 'ff:ff:ff:ff:ff:ff'],
    ['mac_address', '00:00:00:00:00:00'],
    ['mac_address', '00:1b:21'],
    ['hostname', '.'],
    ['ssh_host_key', 'ssh-ed25519 SHA256:abc'],
    ['ssh_host_key', KEYS.replace('SHA256', 'MD5')],
    ['tls_certificate', 'CN=x'],
    ['tls_certificate', '{"fingerprint":"ab"}'],
    ['vendor', 'Intel'],
    ['service', '{"name":"ssh"}'],
  ] as const)('reads %s %s as no evidence', (fact, text) => {
    expect(readEvidence(fact, text)).toEqual([]);
  });

  it('throws for no text, and yields values that fit the table', () => {
    fc.assert(
      fc.property(fc.constantFrom(...FINDING_FACTS), fc.string({ maxLength: 600 }), (fact, text) => {
        const lengths = readEvidence(fact, text).map(({ value }) => value.length);
        expect(lengths.every((length) => length >= 1 && length <= 300)).toBe(true);
      }),
    );
  });
});
