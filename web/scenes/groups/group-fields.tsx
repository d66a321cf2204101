import { Link } from '@tanstack/react-router';
import { failureOf, hasCode } from '../../api/failure.ts';
import { Field } from '../../components/field.tsx';

/** A group as it is typed; an empty text is none. */
export interface GroupDraft {
  readonly name: string;
  readonly description: string;
  readonly colour: string;
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
  const failure = error === undefined ? undefined : failureOf(error);
  const isOfRule = hasCode(error, 'invalid_filter') || hasCode(error, 'filter_names_nothing');
  return (
    <>
      <div className="grid gap-4 sm:grid-cols-[2fr_3fr_1fr]">
        <Field label="Name" failure={isOfRule ? undefined : failure}>
          {(attributes) => (
            <input
              {...attributes}
              placeholder="printers"
              value={draft.name}
              onChange={(event) => onChange({ name: event.target.value })}
            />
          )}
        </Field>
        <Field label="Description">
          {(attributes) => (
            <input
              {...attributes}
              value={draft.description}
              onChange={(event) => onChange({ description: event.target.value })}
            />
          )}
        </Field>
        <Field label="Colour">
          {(attributes) => (
            <input
              {...attributes}
              spellCheck={false}
              placeholder="#3366cc"
              value={draft.colour}
              onChange={(event) => onChange({ colour: event.target.value })}
            />
          )}
        </Field>
      </div>
      {hasRule && (
        <Field
          label="Rule"
          failure={isOfRule ? failure : undefined}
          hint={
            <>
              A filter, such as the one of the <Link to="/hosts">list of hosts</Link>: its hosts are the
              members, always as they are then. Without one, hosts are put into the group.
            </>
          }
        >
          {(attributes) => (
            <input
              {...attributes}
              spellCheck={false}
              autoCapitalize="off"
              placeholder="port:9100 or tag:printer"
              className={`${attributes.className} font-mono`}
              value={draft.rule}
              onChange={(event) => onChange({ rule: event.target.value })}
            />
          )}
        </Field>
      )}
    </>
  );
}
