import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { profilesQuery } from '../../api/queries.ts';
import { ListBody, ListTotal } from '../../components/lists/list-body.tsx';
import { PageHeading, Panel } from '../../components/lists/panel.tsx';
import { present } from '../search.ts';
import { cloneDraftOf, draftOf, EMPTY_PROFILE, type ProfileDraft } from './profile-draft.ts';
import { ProfileForm } from './profile-form.tsx';
import { ProfileTable } from './profile-table.tsx';

const route = getRouteApi('/shell/profiles');
const PAGE_SIZE_ROWS = 50;

export function ProfilesPage() {
  const { page = 1 } = route.useSearch();
  const navigate = route.useNavigate();
  const profiles = useQuery(profilesQuery({ page, page_size: PAGE_SIZE_ROWS }));
  const [draft, setDraft] = useState(EMPTY_PROFILE);

  function fill(filled: ProfileDraft): void {
    setDraft(filled);
    window.scrollTo({ top: 0 });
  }

  return (
    <>
      <PageHeading title="Profiles" />
      <ProfileForm draft={draft} onDraft={setDraft} />
      <Panel title="Profiles" flush aside={<ListTotal list={profiles} one="profile" />}>
        <ListBody
          list={profiles}
          lines={6}
          onPage={(to) => void navigate({ search: present({ page: to > 1 ? to : undefined }) })}
        >
          {(shown) => (
            <ProfileTable
              profiles={shown}
              onEdit={(profile) => fill(draftOf(profile))}
              onClone={(profile) => fill(cloneDraftOf(profile))}
            />
          )}
        </ListBody>
      </Panel>
    </>
  );
}
