import type { ApiRequest, ApiResponse } from '#contract/api/request.js';
import { ScanoramaError } from '#domain/errors/error.js';

const QUESTION_TIMEOUT_MS = 30_000;
/** Longer than an edit of all hosts may take, and the wait for somebody else's: it is not to be called lost while it is done. */
const ACT_TIMEOUT_MS = 300_000;

/** Carries a request to the server these pages came from; the session travels as a cookie. */
export async function fetchTransport(request: ApiRequest): Promise<ApiResponse> {
  const timeout = AbortSignal.timeout(request.method === 'GET' ? QUESTION_TIMEOUT_MS : ACT_TIMEOUT_MS);
  const signal = request.signal ? AbortSignal.any([request.signal, timeout]) : timeout;
  const { status, text } = await answerTo(pathWithQuery(request), {
    method: request.method,
    credentials: 'same-origin',
    signal,
    headers: {
      accept: 'application/json',
      ...(request.method === 'GET' ? {} : { 'content-type': 'application/json' }),
    },
    ...(request.method === 'GET' ? {} : { body: JSON.stringify(request.body ?? {}) }),
  }).catch((cause: unknown) => {
    if (request.signal?.aborted) throw cause;
    throw new ScanoramaError('server_unreachable', 'The Scanorama server does not answer.', {
      hint: 'Check that it is running and that this machine reaches it.',
      cause,
    });
  });
  return { status, body: text === '' ? undefined : parsed(text) };
}

/** The whole of it: a connection can break, and the time run out, after its head as well. */
async function answerTo(address: string, init: RequestInit): Promise<{ status: number; text: string }> {
  const response = await fetch(address, init);
  return { status: response.status, text: await response.text() };
}

function pathWithQuery({ path, query }: ApiRequest): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined) parameters.set(name, String(value));
  }
  return parameters.size === 0 ? path : `${path}?${parameters.toString()}`;
}

/** What is not JSON (a proxy's error page) is no answer of ours: the client then names the status alone. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
