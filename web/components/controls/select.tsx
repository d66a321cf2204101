interface SelectProps<Value extends string> {
  readonly label: string;
  readonly all: string;
  readonly values: readonly Value[];
  readonly value: Value | undefined;
  readonly onChange: (value: Value | undefined) => void;
}

/** A small filter: one of the words, or all of them. */
export function FilterSelect<Value extends string>({
  label,
  all,
  values,
  value,
  onChange,
}: SelectProps<Value>) {
  return (
    <label className="flex items-center gap-2 text-sm text-muted">
      {label}
      <select
        className="h-9 rounded-lg border border-edge bg-surface px-2 text-ink"
        value={value ?? ''}
        onChange={(event) => onChange(values.find((raw) => raw === event.target.value))}
      >
        <option value="">{all}</option>
        {values.map((raw) => (
          <option key={raw} value={raw}>
            {raw}
          </option>
        ))}
      </select>
    </label>
  );
}
