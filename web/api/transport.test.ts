import { afterEach, expect, it, vi } from 'vitest';
import { mayPass } from './failure.ts';
import { fetchTransport } from './transport.ts';

afterEach(() => vi.unstubAllGlobals());

/** An answer whose connection breaks after its head. */
function breakingOff(): Response {
  const body = new ReadableStream({
    start: (controller) => controller.error(new TypeError('network error')),
  });
  return new Response(body, { status: 200 });
}

it('says that the server does not answer where it falls silent within an answer, which may pass', async () => {
  vi.stubGlobal('fetch', () => Promise.resolve(breakingOff()));
  const error: unknown = await fetchTransport({ method: 'GET', path: '/api/v1/scans' }).catch(
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ code: 'server_unreachable' });
  expect(mayPass(error)).toBe(true);
});

it('passes on that whoever asked has given up, also within an answer', async () => {
  vi.stubGlobal('fetch', () => Promise.resolve(breakingOff()));
  const request = { method: 'GET', path: '/api/v1/search', signal: AbortSignal.abort() } as const;
  await expect(fetchTransport(request)).rejects.not.toMatchObject({ code: 'server_unreachable' });
});

/** `EDIT_TIMEOUT_MS` of the server. */
const LONGEST_EDIT_MS = 120_000;

it('waits for an edit as long as one may take after the wait for another', async () => {
  const waited = vi.spyOn(AbortSignal, 'timeout');
  vi.stubGlobal('fetch', () => Promise.resolve(new Response('')));
  await fetchTransport({ method: 'POST', path: '/api/v1/hosts/edit' });
  expect(waited.mock.lastCall?.[0]).toBeGreaterThan(2 * LONGEST_EDIT_MS);
  waited.mockRestore();
});
