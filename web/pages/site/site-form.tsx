import type { Site } from '#contract/networks/site.js';
import { DEFAULT_SITE } from '#domain/targets/site-name.js';
import { useForm } from '../../actions/actions/use-form.ts';
import { changeSite } from '../../actions/settings/site-actions.ts';
import { Button } from '../../components/controls/button.tsx';
import { FailureNotice } from '../../components/feedback/notice.tsx';
import { Ago } from '../../components/feedback/now.tsx';
import { AreaField, TextField } from '../../components/forms/fields.tsx';
import { Panel } from '../../components/lists/panel.tsx';
import { siteChangeOf, siteDraftOf } from './site-draft.ts';

/** What a site is called, and what may be scanned there. */
export function SiteForm({ site }: { readonly site: Site }) {
  const isDefault = site.name === DEFAULT_SITE;
  const { field, failure, pending, submit } = useForm(changeSite, siteDraftOf(site));
  const onSubmit = submit((typed) => ({ site, change: siteChangeOf(site, typed) }));
  return (
    <Panel title="Name and scope">
      <form noValidate onSubmit={onSubmit} className="flex flex-col gap-4">
        {failure && <FailureNotice failure={failure} />}
        <div className="grid gap-4 sm:grid-cols-[1fr_2fr]">
          <TextField
            label="Name"
            hint={
              isDefault ? 'This site is always there, and keeps its name.' : 'No two sites have the same.'
            }
            disabled={isDefault}
            {...field('name')}
          />
          <AreaField
            label="Scope"
            hint={<ScopeHint site={site} />}
            isCode
            placeholder="198.18.0.0/24"
            {...field('scope')}
          />
        </div>
        <Button type="submit" variant="primary" pending={pending} className="ml-auto">
          {changeSite.label}
        </Button>
      </form>
    </Panel>
  );
}

function ScopeHint({
  site: { scope, unscoped_accepted_at: at, unscoped_accepted_by: by },
}: {
  readonly site: Site;
}) {
  return (
    <>
      Networks that may be scanned, one per line; a scan outside them is refused. Without a scope nothing
      limits what is scanned here
      {scope.length > 0 || at === null ? ', and the first scan needs a confirmation for a yes.' : '.'}
      {at !== null && (
        <>
          {' '}
          {by} said yes to that <Ago time={at} />.
        </>
      )}
    </>
  );
}
