/** What a field shows and says of one key of a draft. */
interface DraftField<Value> {
  readonly value: Value;
  readonly onChange: (value: Value) => void;
}

/** Ties fields to a draft: `<TextField label="Name" {...field('name')} />`. */
export function fieldsOf<Draft extends object>(draft: Draft, change: (changes: Partial<Draft>) => void) {
  return <Key extends keyof Draft>(key: Key): DraftField<Draft[Key]> => ({
    value: draft[key],
    onChange: (value) => change(changeOf<Draft, Key>(key, value)),
  });
}

function changeOf<Draft, Key extends keyof Draft>(key: Key, value: Draft[Key]): Partial<Draft>;
function changeOf(key: PropertyKey, value: unknown): object {
  return { [key]: value };
}
