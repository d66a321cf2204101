interface DeletedToggleProps {
  readonly isOn: boolean;
  readonly onChange: (isOn: boolean) => void;
}

/** Shows what is deleted, instead of the rest. */
export function DeletedToggle({ isOn, onChange }: DeletedToggleProps) {
  return (
    <label className="flex items-center gap-2 text-sm text-muted">
      <input
        type="checkbox"
        className="size-4 accent-accent"
        checked={isOn}
        onChange={(event) => onChange(event.target.checked)}
      />
      Deleted
    </label>
  );
}
