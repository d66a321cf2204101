import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { profilesQuery } from '../../api/queries.ts';
import { LoadFailure, Skeleton } from '../../components/notice.tsx';
import { Pagination } from '../../components/pagination.tsx';
import { PageHeading, Panel } from '../../components/panel.tsx';
import { countOf } from '../../format/number.ts';
import { present } from '../search.ts';
import { cloneDraftOf, draftOf, EMPTY_PROFILE, type ProfileDraft } from './profile-draft.ts';
import { ProfileForm } from './profile-form.tsx';
import { ProfileTable } from './profile-table.tsx';

const route = getRouteApi('/shell/profiles');
const PAGE_SIZE_ROWS = 50;

export function ProfilesScene() {
  const { page = 1 } = route.useSearch();
  const navigate = route.useNavigate();
  const profiles = useQuery(profilesQuery({ page, page_size: PAGE_SIZE_ROWS }));
  const [draft, setDraft] = useState(EMPTY_PROFILE);
  const total = profiles.data?.pagination.total_items;

  function fill(filled: ProfileDraft): void {
    setDraft(filled);
    window.scrollTo({ top: 0 });
  }

  return (
    <>
      <PageHeading title="Profiles" />
      <ProfileForm draft={draft} onDraft={setDraft} />
      <Panel
        title="Profiles"
        flush
        aside={
          <output className="text-sm text-muted">
            {total === undefined ? '' : countOf(total, 'profile')}
          </output>
        }
      >
        {profiles.isPending && <Skeleton lines={6} />}
        {profiles.isError && profiles.data === undefined && (
          <div className="p-4">
            <LoadFailure error={profiles.error} onRetry={() => void profiles.refetch()} />
          </div>
        )}
        {profiles.data && (
          <ProfileTable
            profiles={profiles.data.data}
            onEdit={(profile) => fill(draftOf(profile))}
            onClone={(profile) => fill(cloneDraftOf(profile))}
          />
        )}
        {profiles.data && (
          <Pagination
            facts={profiles.data.pagination}
            onPage={(to) => void navigate({ search: present({ page: to > 1 ? to : undefined }) })}
          />
        )}
      </Panel>
    </>
  );
}
