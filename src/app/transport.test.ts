import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { httpTransport, MAX_RESPONSE_BYTES, socketTransport } from '#app/transport.js';
import type { Transport } from '#contract/api/request.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'scanorama-transport-'));
});
afterEach(() => rm(directory, { recursive: true }));

const carriers = ['a private socket', 'the network'] as const;

/** Lends a transport to a server that answers in the given way. */
async function withServer<Result>(
  carrier: (typeof carriers)[number],
  answer: RequestListener,
  use: (transport: Transport) => Promise<Result>,
): Promise<Result> {
  const server = createServer(answer);
  const path = join(directory, 'server.sock');
  if (carrier === 'the network') server.listen(0, '127.0.0.1');
  else server.listen(path);
  await once(server, 'listening');
  try {
    const address = server.address();
    return await use(
      typeof address === 'object' && address !== null
        ? httpTransport(`http://127.0.0.1:${address.port}`, undefined)
        : socketTransport(path),
    );
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const probe = (transport: Transport) => transport({ method: 'GET', path: '/' });

const cut: RequestListener = (_, response) => {
  response.writeHead(200, { 'content-length': '1000' });
  response.write('{"data":', () => response.destroy());
};

describe.each(carriers)('an answer over %s', (carrier) => {
  it('arrives whole', async () => {
    const body = { data: 'é'.repeat(100_000) };
    const answer = await withServer(carrier, (_, response) => response.end(JSON.stringify(body)), probe);
    expect(answer).toMatchObject({ status: 200, body });
  });

  it('that is cut off is told as a server that is gone', async () => {
    await expect(withServer(carrier, cut, probe)).rejects.toMatchObject({ code: 'server_unreachable' });
  });

  it('that never ends is not read for ever', { timeout: 60_000 }, async () => {
    let sent = 0;
    const endless: RequestListener = (_, response) => {
      const block = Buffer.alloc(4 * 1024 * 1024, ' ');
      const more = (): void => {
        sent += block.length;
        if (sent < 2 * MAX_RESPONSE_BYTES) response.write(block, more);
        else response.end();
      };
      more();
    };
    await expect(withServer(carrier, endless, probe)).rejects.toMatchObject({
      code: 'server_unreachable',
      cause: expect.objectContaining({ message: 'the answer is too large' }),
    });
    expect(sent).toBeLessThan(2 * MAX_RESPONSE_BYTES);
  });
});
