import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { parsePorts } from '#domain/ports/ports.js';
import { batchTasks, MAX_PORT_SETS_PER_STAGE, type StageTask } from '#domain/smart-scan/batch.js';

const tasks = fc.array(
  fc.record({
    site: fc.constantFrom('default', 'west'),
    stage: fc.constantFrom('service_scan' as const, 'refresh' as const),
    profile: fc.constantFrom(null, 'fragile'),
    port: fc.option(fc.integer({ min: 1, max: 12 }), { nil: null }),
  }),
  { maxLength: 60 },
);

it('puts every host into one scan that asks at least what it is to be asked, in few scans', () => {
  fc.assert(
    fc.property(tasks, (reported) => {
      const all = reported.map(
        ({ port, ...task }, host): StageTask<number> => ({
          ...task,
          host,
          ports: port === null ? null : parsePorts(String(port)),
        }),
      );
      const batches = batchTasks(all);
      expect(batches.flatMap(({ hosts }) => hosts).sort((a, b) => a - b)).toEqual(
        all.map(({ host }) => host),
      );
      for (const batch of batches)
        for (const { host: _host, ports, ...of } of all.filter((task) => batch.hosts.includes(task.host))) {
          const { site, stage, profile } = batch;
          expect({ site, stage, profile }).toEqual(of);
          if (ports !== null) expect(batch.ports?.has('tcp', ports.nth(0).port)).toBe(true);
        }
      const kinds = new Set(all.map(({ site, stage, profile }) => `${site} ${stage} ${profile}`));
      expect(batches.length).toBeLessThanOrEqual(kinds.size * MAX_PORT_SETS_PER_STAGE);
    }),
  );
});
