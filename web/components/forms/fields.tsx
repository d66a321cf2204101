import type { ComponentProps, ReactNode } from 'react';
import type { Failure } from '../../api/failure.ts';
import { Field } from './field.tsx';

interface Labelled {
  readonly label: string;
  readonly hint?: ReactNode;
  readonly failure?: Failure | undefined;
  /** A fixed id, where something outside links to the field. */
  readonly id?: string | undefined;
}

interface Typed {
  readonly value: string;
  readonly onChange: (text: string) => void;
  /** Addresses, ports and such: in letters of one width, without corrections. */
  readonly isCode?: boolean;
}

type Of<Element extends 'input' | 'textarea'> = Labelled &
  Typed &
  Omit<ComponentProps<Element>, 'value' | 'onChange' | 'id' | 'className'>;

const PLAIN = { spellCheck: false, autoCapitalize: 'off' } as const;

/** A line of text; `inputMode` of a number. */
export function TextField({ label, hint, failure, id, isCode = false, onChange, ...input }: Of<'input'>) {
  return (
    <Field label={label} hint={hint} failure={failure} id={id}>
      {({ className, ...attributes }) => (
        <input
          {...(isCode ? PLAIN : {})}
          {...input}
          {...attributes}
          className={isCode ? `${className} font-mono` : className}
          onChange={({ target }) => onChange(target.value)}
        />
      )}
    </Field>
  );
}

/** Text of many lines, which grows with what is typed. */
export function AreaField({ label, hint, failure, id, isCode = false, onChange, ...area }: Of<'textarea'>) {
  return (
    <Field label={label} hint={hint} failure={failure} id={id}>
      {({ className, ...attributes }) => (
        <textarea
          rows={2}
          {...(isCode ? PLAIN : {})}
          {...area}
          {...attributes}
          className={`${className} field-sizing-content max-h-60 min-h-16 ${isCode ? 'font-mono' : ''}`}
          onChange={({ target }) => onChange(target.value)}
        />
      )}
    </Field>
  );
}

interface ChoiceFieldProps<Text extends string> extends Labelled {
  readonly terms: readonly Text[];
  /** What stands for words that do not speak for themselves, such as the empty one. */
  readonly texts?: Readonly<Record<string, string>>;
  readonly value: Text;
  readonly disabled?: boolean;
  readonly onChange: (raw: Text) => void;
}

/** One word out of some. */
export function ChoiceField<Text extends string>(props: ChoiceFieldProps<Text>) {
  const { label, hint, failure, id, terms: rawTexts, texts, value, disabled = false, onChange } = props;
  return (
    <Field label={label} hint={hint} failure={failure} id={id}>
      {(attributes) => (
        <select
          {...attributes}
          disabled={disabled}
          value={value}
          onChange={({ target }) => {
            const raw = rawTexts.find((one) => one === target.value);
            if (raw !== undefined) onChange(raw);
          }}
        >
          {rawTexts.map((raw) => (
            <option key={raw} value={raw}>
              {texts?.[raw] ?? raw}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

interface CheckFieldProps {
  readonly label: string;
  readonly hint?: string;
  readonly value: boolean;
  readonly onChange: (isOn: boolean) => void;
}

/** Yes or no. */
export function CheckField({ label, hint, value, onChange }: CheckFieldProps) {
  return (
    <label className="flex items-start gap-2 text-sm">
      <input
        type="checkbox"
        className="mt-0.5 size-4 shrink-0 accent-accent"
        checked={value}
        onChange={({ target }) => onChange(target.checked)}
      />
      <span>
        {label}
        {hint !== undefined && <span className="block text-xs text-muted">{hint}</span>}
      </span>
    </label>
  );
}
