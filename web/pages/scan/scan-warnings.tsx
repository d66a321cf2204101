import type { Scan } from '#contract/scans/scan.js';
import { REMOVED_TEXTS } from '#domain/settings/retention.js';
import { formatLocal } from '../../format/instant.ts';

const WARNINGS_SHOWN = 5;

/** Why it waits, and what is to be known when the results are read: why they are not whole, and who answered in place of hosts. */
export function ScanWarnings({ scan }: { readonly scan: Scan }) {
  const messages = [
    ...(scan.waiting_reason === null ? [] : [scan.waiting_reason]),
    ...(scan.deleted_at === null
      ? []
      : [
          `This scan was deleted ${formatLocal(scan.deleted_at)}${by(scan.deleted_by)}: no list shows it. What it found stays.`,
        ]),
    ...scan.removed.map((cause) => `Not all of it is stored any more: ${REMOVED_TEXTS[cause]}.`),
    ...(scan.partial_reason === null ? [] : [scan.partial_reason]),
    ...(scan.warnings ?? []).map(({ message }) => message),
  ];
  if (messages.length === 0) return null;
  const [shown, more] = [messages.slice(0, WARNINGS_SHOWN), messages.slice(WARNINGS_SHOWN)];
  return (
    <div className="rounded-xl bg-sunken px-4 py-3 text-sm">
      <Lines messages={shown} />
      {more.length > 0 && (
        <details>
          <summary className="mt-1 w-max underline decoration-dotted underline-offset-4">
            {more.length} more
          </summary>
          <Lines messages={more} />
        </details>
      )}
    </div>
  );
}

const by = (actor: string | null) => (actor === null ? '' : ` by ${actor}`);

function Lines({ messages }: { readonly messages: readonly string[] }) {
  return (
    <ul className="max-h-60 overflow-y-auto">
      {messages.map((message) => (
        <li key={message} className="break-words">
          {message}
        </li>
      ))}
    </ul>
  );
}
