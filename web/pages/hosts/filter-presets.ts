import { useState } from 'react';
import { z } from 'zod';

/** A filter that somebody keeps in this browser. */
const presetSchema = z.object({ name: z.string(), filter: z.string() });
export type Preset = z.infer<typeof presetSchema>;

export const MAX_PRESETS = 20;
const STORAGE_KEY = 'scanorama.host-filters';

/** What is kept, whatever stands there: others may write to it. */
export function readPresets(text: string | null): readonly Preset[] {
  if (text === null) return [];
  try {
    return z.array(presetSchema).parse(JSON.parse(text)).slice(0, MAX_PRESETS);
  } catch {
    return [];
  }
}

/** With the newest first; one of the same name is replaced, and the oldest goes when there are too many. */
export function withPreset(presets: readonly Preset[], added: Preset): readonly Preset[] {
  return [added, ...presets.filter(({ name }) => name !== added.name)].slice(0, MAX_PRESETS);
}

interface Presets {
  readonly presets: readonly Preset[];
  readonly keep: (presets: readonly Preset[]) => void;
}

export function usePresets(): Presets {
  const [presets, setPresets] = useState(() => readPresets(stored()));
  function keep(next: readonly Preset[]): void {
    setPresets(next);
    try {
      localStorage.setItem(STORAGE_KEY, JSON.stringify(next));
    } catch {
      // Storage can be forbidden or full: they then last as long as the page.
    }
  }
  return { presets, keep };
}

function stored(): string | null {
  try {
    return localStorage.getItem(STORAGE_KEY);
  } catch {
    return null;
  }
}
