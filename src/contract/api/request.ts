import type { z } from 'zod';

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: unknown;
  /** A body that is no JSON, sent as it comes. */
  readonly stream?: ByteStream;
  readonly signal?: AbortSignal | undefined;
}
export interface ByteStream {
  readonly type: string;
  readonly chunks: AsyncIterable<Uint8Array>;
}
export interface ApiResponse {
  readonly status: number;
  /** Parsed JSON, or undefined for an empty answer. */
  readonly body: unknown;
  /** The address that answered, where a person named it. */
  readonly from?: string;
}
/** Carries one request: over HTTP, over a private socket, or into a server in this very process. */
export type Transport = (request: ApiRequest) => Promise<ApiResponse>;

/** The parameters of a list; those that are absent are left to the server. */
export type ListQuery<Schema extends z.ZodType> = Partial<
  z.input<Schema> & Record<string, string | number | boolean>
>;

/** Asks, and reads the answer by its schema. */
export type Call = <Answer extends z.ZodType>(
  answer: Answer,
  request: ApiRequest,
) => Promise<z.output<Answer>>;

/** The ways of asking that the client's calls are made of. */
export function methodsOver(call: Call) {
  const send =
    (method: ApiRequest['method']) =>
    <Answer extends z.ZodType>(answer: Answer, path: string, body?: unknown) =>
      call(answer, { method, path, ...(body === undefined ? {} : { body }) });
  const post = send('POST');
  return {
    get: <Answer extends z.ZodType>(
      answer: Answer,
      path: string,
      options: Pick<ApiRequest, 'query' | 'signal'> = {},
    ) => call(answer, { method: 'GET', path, ...options }),
    post: <Answer extends z.ZodType>(answer: Answer, path: string, body: unknown = {}) =>
      post(answer, path, body),
    put: send('PUT'),
    patch: send('PATCH'),
    remove: send('DELETE'),
  };
}
