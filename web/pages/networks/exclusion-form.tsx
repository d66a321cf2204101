import type { Network } from '#contract/networks/network.js';
import { useForm } from '../../actions/actions/use-form.ts';
import { addExclusion } from '../../actions/settings/network-actions.ts';
import { Button } from '../../components/controls/button.tsx';
import { ChoiceField, TextField } from '../../components/forms/fields.tsx';

const SITE = 'site:';
const NETWORK = 'network:';

/** Where something can be excluded: how it is chosen, and what it is called. */
export type Places = ReadonlyMap<string, string>;

export const EVERYWHERE: Places = new Map([['', 'everywhere']]);

export function placesOf(sites: readonly string[], networks: readonly Network[]): Places {
  return new Map([
    ...sites.map((site) => [`${SITE}${site}`, `site ${site}`] as const),
    ...networks.map(({ id, name, site }) => [`${NETWORK}${id}`, `network ${name} (${site})`] as const),
  ]);
}

/** The part of the request that a choice of place stands for. */
function placeOf(place: string): { site?: string; network?: string } {
  if (place.startsWith(SITE)) return { site: place.slice(SITE.length) };
  return place.startsWith(NETWORK) ? { network: place.slice(NETWORK.length) } : {};
}

/** The first of the places is offered first. */
export function ExclusionForm({ places }: { readonly places: Places }) {
  const [first = ''] = places.keys();
  const { field, failure, pending, change, submit } = useForm(addExclusion, {
    address: '',
    reason: '',
    place: first,
  });
  const onSubmit = submit(
    ({ address, reason, place }) => ({
      address: address.trim(),
      ...placeOf(place),
      ...(reason.trim() === '' ? {} : { reason: reason.trim() }),
    }),
    () => change({ address: '', reason: '' }),
  );
  return (
    <form noValidate onSubmit={onSubmit} className="grid items-start gap-4 sm:grid-cols-4">
      <TextField
        label="Addresses"
        hint="An address, a range or a network."
        failure={failure}
        isCode
        placeholder="198.18.0.9"
        {...field('address')}
      />
      <ChoiceField
        label="Where"
        terms={[...places.keys()]}
        texts={Object.fromEntries(places)}
        {...field('place')}
      />
      <TextField label="Reason" {...field('reason')} />
      <Button type="submit" pending={pending} className="sm:mt-6.5">
        {addExclusion.label}
      </Button>
    </form>
  );
}
