import { useQuery } from '@tanstack/react-query';
import { DEFAULT_SITE } from '#domain/site-name.js';
import { sitesQuery } from '../api/queries.ts';
import { ChoiceField } from '../components/fields.tsx';

/** Sites that are offered. */
const SITES_OFFERED = 1_000;

/** The names of all sites; the one that there always is until they are known. */
export function useSiteNames(): readonly string[] {
  const sites = useQuery(sitesQuery({ page_size: SITES_OFFERED }));
  return sites.data?.data.map(({ name }) => name) ?? [DEFAULT_SITE];
}

interface SiteFieldProps {
  readonly value: string;
  readonly onChange: (site: string) => void;
  readonly hint?: string;
}

export function SiteField(props: SiteFieldProps) {
  return <ChoiceField label="Site" words={useSiteNames()} {...props} />;
}
