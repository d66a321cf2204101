import { Link } from '@tanstack/react-router';
import { failureOf, hasCode } from '../../api/failure.ts';
import { fieldsOf } from '../../components/forms/draft-fields.ts';
import { TextField } from '../../components/forms/fields.tsx';

/** A group as it is typed; an empty text is none. */
export interface GroupDraft {
  readonly name: string;
  readonly description: string;
  readonly color: string;
  readonly rule: string;
}

interface GroupFieldsProps {
  readonly draft: GroupDraft;
  /** What was thrown when it was to be saved. */
  readonly error: unknown;
  /** A group that lists its hosts gets no rule any more. */
  readonly hasRule: boolean;
  readonly onChange: (changes: Partial<GroupDraft>) => void;
}

export function GroupFields({ draft, error, hasRule, onChange }: GroupFieldsProps) {
  const field = fieldsOf(draft, onChange);
  const failure = error === undefined ? undefined : failureOf(error);
  const isOfRule = hasCode(error, 'invalid_filter') || hasCode(error, 'filter_names_nothing');
  return (
    <>
      <div className="grid gap-4 sm:grid-cols-[2fr_3fr_1fr]">
        <TextField
          label="Name"
          failure={isOfRule ? undefined : failure}
          placeholder="printers"
          {...field('name')}
        />
        <TextField label="Description" {...field('description')} />
        <TextField label="Color" spellCheck={false} placeholder="#3366cc" {...field('color')} />
      </div>
      {hasRule && (
        <TextField
          label="Rule"
          failure={isOfRule ? failure : undefined}
          hint={
            <>
              A filter, such as the one of the <Link to="/hosts">list of hosts</Link>: its hosts are the
              members, always as they are then. Without one, hosts are put into the group.
            </>
          }
          isCode
          placeholder="port:9100 or tag:printer"
          {...field('rule')}
        />
      )}
    </>
  );
}
