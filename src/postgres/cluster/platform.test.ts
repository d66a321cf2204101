import { expect, test } from 'vitest';
import { requirePlatform } from '#postgres/cluster/platform.js';

test.each([
  ['darwin', 'arm64'],
  ['win32', 'x64'],
  ['linux', 'riscv64'],
])('on %s %s the way out is a database of one’s own', async (platform, arch) => {
  await expect(requirePlatform({ platform, arch })).rejects.toMatchObject({
    code: 'embedded_unsupported',
    message: expect.stringContaining(platform),
    hint: expect.stringContaining('--database-url'),
  });
});
