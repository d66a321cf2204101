import { z } from 'zod';
import { generatedNote, markdownTable } from './markdown.ts';

const operationSchema = z.object({
  summary: z.string(),
  tags: z.array(z.string()).min(1),
  security: z.array(z.unknown()).optional(),
  parameters: z.array(z.object({ name: z.string(), in: z.string() })).default([]),
});
const documentSchema = z.object({
  paths: z.record(z.string(), z.record(z.string(), operationSchema)),
});

/** docs/api.md from the OpenAPI document: one table for each tag. */
export function apiReference(openApiDocument: unknown): string {
  const { paths } = documentSchema.parse(openApiDocument);
  const byTag = new Map<string, string[][]>();
  for (const [path, item] of Object.entries(paths))
    for (const [method, operation] of Object.entries(item)) {
      const [tag = ''] = operation.tags;
      const query = operation.parameters.filter((parameter) => parameter.in === 'query');
      const row = [
        `\`${method.toUpperCase()} ${path}\``,
        operation.security?.length === 0 ? `${operation.summary} (no key needed)` : operation.summary,
        query.map(({ name }) => `\`${name}\``).join(', '),
      ];
      byTag.set(tag, [...(byTag.get(tag) ?? []), row]);
    }
  const sections = [...byTag]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([tag, rows]) => `## ${tag}\n\n${markdownTable(['operation', 'effect', 'query parameters'], rows)}`);
  return [
    '# HTTP API',
    generatedNote('the OpenAPI document of the server'),
    'A server describes its API with all schemas and errors in OpenAPI 3.1 at `/openapi.json`. Requests need an API key in ' +
      '`X-API-Key` or `Authorization: Bearer`:',
    '```sh\ncurl -H "X-API-Key: $(cat /var/lib/scanorama/administrator.key)" \\\n' +
      "  'http://127.0.0.1:8080/api/v1/scans?page=1&page_size=20'\n```",
    'An error has a stable code in `error`, one sentence in `message` and, where something helps, a `hint`.',
    ...sections,
    '',
  ]
    .join('\n\n')
    .replace(/\n+$/, '\n');
}
