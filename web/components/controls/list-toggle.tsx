import { CheckField } from '../forms/fields.tsx';

interface ListToggleProps {
  readonly label: string;
  readonly isOn: boolean;
  readonly onChange: (isOn: boolean) => void;
}

/** Shows what is set apart, such as deleted, instead of the rest. */
export function ListToggle({ isOn, ...props }: ListToggleProps) {
  return (
    <div className="text-muted">
      <CheckField {...props} value={isOn} />
    </div>
  );
}
