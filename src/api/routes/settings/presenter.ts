import type { RetentionPreview, Setting as SettingView } from '#contract/workers/setting.js';
import { settingFacts } from '#domain/settings/setting.js';
import type { RetentionPreview as Preview } from '#work/retention/preview-retention.js';
import type { Setting } from '#work/settings/settings.js';

export function presentSetting({ name, value, set }: Setting): SettingView {
  const { kind, description, fallback, allowed, acts } = settingFacts(name);
  return {
    name,
    kind,
    value,
    default: fallback,
    allowed,
    acts,
    description,
    updated_at: set?.at.toISOString() ?? null,
    updated_by: set?.by ?? null,
  };
}

export function presentPreview(preview: Preview): RetentionPreview {
  const { name, value, horizon, removesBefore, rows, months } = preview;
  return {
    name,
    value,
    complete_since: horizon?.toISOString() ?? null,
    removes_before: removesBefore?.toISOString() ?? null,
    rows,
    months: [...months],
  };
}
