import { QueryClient } from '@tanstack/react-query';
import { expect, it } from 'vitest';
import type { SmartScanView } from '#contract/schedules/smart-scan.js';
import { ScanoramaError } from '#domain/errors/error.js';
import { scanOf } from '../../../test/support/scans/scan-view.ts';
import { client } from '../../api/client.ts';
import { startNextStage } from './smart-scan-actions.ts';

const [OVER, RUNNING] = ['01938f6e-7d2a-7c31-9b60-3f1d5a8c2e47', '01938f6e-7d2a-7c31-9b60-3f1d5a8c2e48'];
const scan = (scan_id: string): SmartScanView => ({
  scan_id,
  stage: 'refresh',
  site: 'default',
  hosts: 1,
  ports: 3,
  profile: null,
});

it('stops what it started, also where one of the scans has ended by itself', async () => {
  const [stopped, shown, undos]: [string[], string[], (() => Promise<void>)[]] = [[], [], []];
  await startNextStage.perform(
    {
      client: {
        ...client,
        triggerSmartScan: () => Promise.resolve({ scans: [scan(OVER), scan(RUNNING)], left: 0, reason: '' }),
        stopScan(id) {
          if (id === OVER) throw new ScanoramaError('invalid_transition', 'The scan is completed.');
          stopped.push(id);
          return Promise.resolve(scanOf({ id, status: 'cancelled' }));
        },
      },
      queries: new QueryClient(),
      toast: (sentence) => void shown.push(sentence),
      toastWithUndo: (_sentence, undo) => void undos.push(undo),
      confirm: () => Promise.resolve(true),
      go: () => Promise.resolve(),
    },
    { id: OVER, request: { stage: 'refresh' } },
  );
  for (const undo of undos) await undo();
  expect(stopped).toEqual([RUNNING]);
  expect(shown).toEqual(['1 scan had ended by then; what was found stays.']);
});
