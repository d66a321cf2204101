import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { openListeners } from '#torture/listeners.js';

const ADDRESS = '127.93.255.1';
/** Connects, stays for a while, and ends. */
const SENDER = `
  const socket = require('node:net').connect(Number(process.argv[1]), '${ADDRESS}');
  socket.on('connect', () => setTimeout(() => process.exit(), 300));
  socket.on('error', () => setTimeout(() => process.exit(), 300));`;

async function listenSomewhere(port: number): Promise<Awaited<ReturnType<typeof openListeners>>> {
  return openListeners([{ address: ADDRESS, port }]).catch(() => listenSomewhere(port + 1));
}

it('was asked before this program stood still, when it hears of it only afterwards', async () => {
  const listeners = await listenSomewhere(10_000 + (process.pid % 10_000));
  const [listener] = listeners.all;
  try {
    const beforeMs = Date.now();
    spawnSync(process.execPath, ['-e', SENDER, String(listener?.port)]);
    await expect.poll(() => listener?.probedAtMs).toHaveLength(1);
    expect(listener?.probedAtMs[0]).toBeLessThanOrEqual(beforeMs);
  } finally {
    await listeners.close();
  }
});
