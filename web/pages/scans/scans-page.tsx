import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { PageHeading } from '../../components/lists/panel.tsx';
import { present } from '../search.ts';
import { EMPTY_DRAFT } from './draft.ts';
import { ScanList } from './scan-list.tsx';
import type { ScansSearch } from './scans-search.ts';
import { StartForm } from './start-form.tsx';

const route = getRouteApi('/shell/scans');

export function ScansPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const [draft, setDraft] = useState({
    ...EMPTY_DRAFT,
    targets: search.targets ?? '',
    site: search.site ?? EMPTY_DRAFT.site,
  });

  return (
    <>
      <PageHeading title="Scans" />
      <StartForm draft={draft} onDraft={setDraft} />
      <ScanList
        choice={{
          page: search.page ?? 1,
          status: search.status,
          tag: search.tag,
          isDeleted: search.deleted === 'yes',
        }}
        onChoice={({ page, status, tag, isDeleted }) =>
          void navigate({
            search: present<ScansSearch>({
              targets: undefined,
              site: undefined,
              status,
              tag,
              deleted: isDeleted ? 'yes' : undefined,
              page: page > 1 ? page : undefined,
            }),
          })
        }
        onTryLoopback={() => {
          setDraft({ ...draft, targets: '127.0.0.1' });
          document.getElementById('targets')?.focus();
        }}
      />
    </>
  );
}
