import { useState } from 'react';
import type { DeviceSuggestion } from '#contract/devices/device.js';
import type { DeviceRequest } from '../../actions/hosts/device-decision.ts';
import { Button } from '../../components/controls/button.tsx';
import { DecideDialog } from './decide-dialog.tsx';
import { DeviceAddresses, DeviceLink, DeviceSite } from './device-name.tsx';

/** Devices that may be one, each with what speaks for and against it and two answers. */
export function SuggestionCards({ suggestions }: { readonly suggestions: readonly DeviceSuggestion[] }) {
  const [input, setRequest] = useState<DeviceRequest>();
  return (
    <>
      <ul className="grid gap-3 px-4 pb-3 sm:grid-cols-2 sm:px-5">
        {suggestions.map((suggestion) => (
          <li key={suggestion.id} className="flex flex-col gap-2 rounded-xl border border-line p-4 text-sm">
            {suggestion.devices.map((device) => (
              <p key={device.id}>
                <DeviceLink device={device} /> <DeviceAddresses device={device} />{' '}
                <DeviceSite device={device} />
              </p>
            ))}
            <p className="text-muted">
              {suggestion.score} of 100: {suggestion.reasons.join(', ')}
            </p>
            {suggestion.veto !== null && <p className="text-warn">But: {suggestion.veto}</p>}
            <div className="mt-auto flex flex-wrap gap-2 pt-1">
              <Button
                variant="primary"
                onClick={() => setRequest({ kind: 'accept', suggestion: suggestion.id })}
              >
                One device
              </Button>
              <Button onClick={() => setRequest({ kind: 'dismiss', suggestion: suggestion.id })}>
                Two devices
              </Button>
            </div>
          </li>
        ))}
      </ul>
      {input && <DecideDialog input={input} onClose={() => setRequest(undefined)} />}
    </>
  );
}
