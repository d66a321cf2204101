import { DISCOVERY_METHODS, type DiscoveryMethod } from '#domain/discovery/discovery-method.js';
import { CheckField, TextField } from '../../components/forms/fields.tsx';

/** How hosts are looked for, as it is chosen. */
export interface MethodDraft {
  /** None chosen: all but dns, as far as the machine can. */
  readonly methods: readonly DiscoveryMethod[];
  readonly resolver: string;
}

const METHOD_TEXTS: Readonly<Record<DiscoveryMethod, string>> = {
  arp: 'ARP, to neighbours of IPv4',
  ndp: 'neighbour solicitation, of IPv6',
  ping: 'ping',
  tcp: 'TCP, to three usual ports',
  dns: 'names, from a resolver',
};

/** The same in the words of the API. */
export function methodsText({ methods, resolver }: MethodDraft): {
  methods?: DiscoveryMethod[];
  resolver?: string;
} {
  const address = resolver.trim();
  return {
    ...(methods.length === 0 ? {} : { methods: [...methods] }),
    ...(methods.includes('dns') && address !== '' ? { resolver: address } : {}),
  };
}

interface MethodFieldsProps {
  readonly draft: MethodDraft;
  readonly onChange: (changes: Partial<MethodDraft>) => void;
}

export function MethodFields({ draft: { methods, resolver }, onChange }: MethodFieldsProps) {
  return (
    <>
      <fieldset>
        <legend className="text-sm font-medium">Methods</legend>
        <div className="mt-1.5 flex flex-wrap gap-x-5 gap-y-2 text-sm">
          {DISCOVERY_METHODS.map((method) => (
            <CheckField
              key={method}
              label={METHOD_TEXTS[method]}
              value={methods.includes(method)}
              onChange={(isOn) =>
                onChange({ methods: isOn ? [...methods, method] : methods.filter((one) => one !== method) })
              }
            />
          ))}
        </div>
        <p className="mt-1.5 text-xs text-muted">
          With none chosen all of them but names, as far as this server can.
        </p>
      </fieldset>
      {methods.includes('dns') && (
        <TextField
          label="Resolver"
          hint="Its address. The resolver of this machine is never asked by itself."
          isCode
          placeholder="198.18.0.53"
          value={resolver}
          onChange={(text) => onChange({ resolver: text })}
        />
      )}
    </>
  );
}
