import { useId, useState } from 'react';
import { Button } from '../../components/controls/button.tsx';
import { INPUT_CLASS } from '../../components/forms/field.tsx';
import { type Preset, usePresets, withPreset } from './filter-presets.ts';

const MAX_NAME_CHARACTERS = 40;

interface PresetMenuProps {
  /** The filter that would be kept; empty for none. */
  readonly filter: string;
  readonly onChoose: (filter: string) => void;
}

/** Filters kept in this browser: to be chosen, kept under a name, and forgotten. */
export function PresetMenu({ filter, onChoose }: PresetMenuProps) {
  const { presets, keep } = usePresets();
  const [name, setName] = useState('');
  const nameId = useId();
  return (
    <details className="relative text-sm">
      <summary className="rounded-lg px-2 py-1.5 text-muted hover:bg-sunken">Saved filters</summary>
      <div className="absolute left-0 z-30 sm:right-0 sm:left-auto flex w-80 max-w-[calc(100vw-2rem)] flex-col gap-2 rounded-xl border border-line bg-surface p-3 shadow-floating">
        {presets.length === 0 && <p className="text-muted">None yet: they are kept in this browser.</p>}
        <ul className="flex flex-col">
          {presets.map((preset) => (
            <PresetLine
              key={preset.name}
              preset={preset}
              onChoose={() => onChoose(preset.filter)}
              onForget={() => keep(presets.filter((other) => other !== preset))}
            />
          ))}
        </ul>
        <form
          className="flex gap-2"
          onSubmit={(event) => {
            event.preventDefault();
            keep(withPreset(presets, { name: name.trim(), filter }));
            setName('');
          }}
        >
          <label htmlFor={nameId} className="sr-only">
            Name of this filter
          </label>
          <input
            id={nameId}
            className={`${INPUT_CLASS} h-9`}
            placeholder="Name of this filter"
            maxLength={MAX_NAME_CHARACTERS}
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
          <Button type="submit" disabled={filter === '' || name.trim() === ''}>
            Save
          </Button>
        </form>
      </div>
    </details>
  );
}

interface PresetLineProps {
  readonly preset: Preset;
  readonly onChoose: () => void;
  readonly onForget: () => void;
}

function PresetLine({ preset: { name, filter }, onChoose, onForget }: PresetLineProps) {
  return (
    <li className="flex items-center gap-1">
      <button
        type="button"
        className="min-w-0 grow rounded-lg px-2 py-1.5 text-left hover:bg-sunken"
        onClick={onChoose}
      >
        <span className="block truncate font-medium">{name}</span>
        <code className="block truncate font-mono text-xs text-muted">{filter}</code>
      </button>
      <button
        type="button"
        className="rounded-lg px-2 py-1.5 text-muted hover:bg-sunken hover:text-bad"
        aria-label={`Forget ${name}`}
        onClick={onForget}
      >
        ×
      </button>
    </li>
  );
}
