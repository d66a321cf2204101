import { useQuery } from '@tanstack/react-query';
import { type SubmitEvent, useState } from 'react';
import type { Setting } from '#contract/workers/setting.js';
import { ScanoramaError } from '#domain/errors/error.js';
import type { SettingName } from '#domain/settings/setting.js';
import { useAction } from '../../actions/actions/use-action.ts';
import { saveSettings } from '../../actions/settings/setting-actions.ts';
import { failureOf } from '../../api/failure.ts';
import { settingsQuery } from '../../api/queries.ts';
import { Button } from '../../components/controls/button.tsx';
import { FailureNotice, LoadFailure, Skeleton } from '../../components/feedback/notice.tsx';
import { Ago } from '../../components/feedback/now.tsx';
import { TextField } from '../../components/forms/fields.tsx';
import { PageHeading, Panel } from '../../components/lists/panel.tsx';

type Typed = Readonly<Partial<Record<SettingName, string>>>;

export function SettingsPage() {
  const settings = useQuery(settingsQuery());
  return (
    <>
      <PageHeading title="Settings" />
      <Panel title="For the whole installation">
        {settings.data !== undefined && <SettingsForm settings={settings.data.data} />}
        {settings.isPending && <Skeleton lines={8} />}
        {settings.isError && <LoadFailure error={settings.error} onRetry={() => void settings.refetch()} />}
      </Panel>
    </>
  );
}

/** What is typed is kept until it is saved; an empty field stands for the default. */
function SettingsForm({ settings }: { readonly settings: readonly Setting[] }) {
  const [typed, setTyped] = useState<Typed>({});
  const [error, setError] = useState<unknown>();
  const { perform, pending } = useAction(saveSettings, setError);
  const changed = settings.filter(
    (setting) => typed[setting.name] !== undefined && typed[setting.name] !== valueSet(setting),
  );
  const failedAt = error instanceof ScanoramaError ? error.at : undefined;
  const isOfField = settings.some(({ name }) => name === failedAt);

  async function submit(event: SubmitEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    setError(undefined);
    const changes = changed.map(({ name }) => [name, (typed[name] ?? '').trim() || null] as const);
    if (await perform(Object.fromEntries(changes))) setTyped({});
  }

  return (
    <form noValidate onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
      {error !== undefined && !isOfField && <FailureNotice failure={failureOf(error)} />}
      <div className="grid gap-4 sm:grid-cols-2">
        {settings.map((setting) => (
          <TextField
            key={setting.name}
            label={setting.name}
            failure={failedAt === setting.name ? failureOf(error) : undefined}
            hint={<SettingHint setting={setting} />}
            isCode
            placeholder={setting.default}
            value={typed[setting.name] ?? valueSet(setting)}
            onChange={(text) => setTyped({ ...typed, [setting.name]: text })}
          />
        ))}
      </div>
      <Button
        type="submit"
        variant="primary"
        pending={pending}
        disabled={changed.length === 0}
        className="ml-auto"
      >
        {saveSettings.label}
      </Button>
    </form>
  );
}

/** Empty while nobody set it. */
function valueSet({ value, updated_at: updatedAt }: Setting): string {
  return updatedAt === null ? '' : value;
}

function SettingHint({ setting }: { readonly setting: Setting }) {
  const { description, allowed, acts, updated_at: updatedAt, updated_by: updatedBy } = setting;
  return (
    <>
      {description} It is {allowed}; {setting.default} when empty. {acts}
      {updatedAt !== null && (
        <>
          {' '}
          Set by {updatedBy} <Ago time={updatedAt} />.
        </>
      )}
    </>
  );
}
