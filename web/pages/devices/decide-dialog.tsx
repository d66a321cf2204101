import { useQuery } from '@tanstack/react-query';
import type { Device } from '#contract/devices/device.js';
import { useAction } from '../../actions/actions/use-action.ts';
import { decideDevices } from '../../actions/hosts/device-actions.ts';
import type { DeviceRequest } from '../../actions/hosts/device-decision.ts';
import { failureOf } from '../../api/failure.ts';
import { deviceTrialQuery } from '../../api/queries.ts';
import { FailureNotice, Skeleton } from '../../components/feedback/notice.tsx';
import { ConfirmDialog } from '../../components/forms/confirm-dialog.tsx';
import { countOf } from '../../format/number.ts';
import { DeviceAddresses, DeviceSite, deviceName } from './device-name.tsx';

const TEXTS: Readonly<Record<DeviceRequest['kind'], readonly [title: string, confirm: string]>> = {
  merge: ['Merge these devices?', 'Merge'],
  accept: ['Are these one device?', 'Merge'],
  split: ['Split this device?', 'Split'],
  dismiss: ['Are these two devices?', 'They are two'],
};

interface DecideDialogProps {
  readonly input: DeviceRequest;
  readonly onClose: () => void;
}

/** Shows what a decision would come to before it is made. */
export function DecideDialog({ input, onClose }: DecideDialogProps) {
  const trial = useQuery(deviceTrialQuery(input));
  const { perform, pending } = useAction(decideDevices);
  const [title, confirm] = TEXTS[input.kind];
  const go = async () => {
    if (await perform(input)) onClose();
  };
  return (
    <ConfirmDialog
      title={title}
      confirmLabel={confirm}
      pending={pending || trial.data === undefined}
      onConfirm={() => void go()}
      onCancel={onClose}
    >
      {trial.isPending && <Skeleton lines={3} />}
      {trial.error !== null && <FailureNotice failure={failureOf(trial.error)} />}
      {trial.data && (
        <>
          <Devices title="Now" devices={trial.data.before} />
          <Devices title="Then" devices={trial.data.after} />
          <p>You can take it back at any time.</p>
        </>
      )}
    </ConfirmDialog>
  );
}

function Devices({ title, devices }: { readonly title: string; readonly devices: readonly Device[] }) {
  return (
    <div>
      <p className="text-xs">{`${title}: ${countOf(devices.length, 'device')}`}</p>
      <ul className="mt-1 flex flex-col gap-1 text-ink">
        {devices.map((device) => (
          <li key={device.id}>
            {deviceName(device)} <DeviceAddresses device={device} /> <DeviceSite device={device} />
          </li>
        ))}
      </ul>
    </div>
  );
}
