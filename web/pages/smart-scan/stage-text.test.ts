import { describe, expect, it } from 'vitest';
import { scansText } from './stage-text.ts';

describe('scansText', () => {
  it('says where each would be, unless at the site that there always is', () => {
    const scan = { scan_id: null, stage: 'port_expansion', hosts: 14, profile: null } as const;
    expect(
      scansText([
        { ...scan, site: 'default', ports: 1_002 },
        { ...scan, site: 'branch', ports: 1 },
        { ...scan, site: 'branch', ports: null },
      ]),
    ).toBe('14 × 1,002 ports, 14 × 1 port at branch, 14 hosts at branch');
  });
});
