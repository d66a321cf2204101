import type { Tag } from '#contract/labels/tag.js';
import { useForm } from '../../actions/actions/use-form.ts';
import { saveTag } from '../../actions/hosts/tag-actions.ts';
import { Button } from '../../components/controls/button.tsx';
import { TextField } from '../../components/forms/fields.tsx';
import { Panel } from '../../components/lists/panel.tsx';

interface TagFormProps {
  /** The tag that is changed; absent for a new one. */
  readonly before: Tag | undefined;
  readonly onDone: () => void;
}

export function TagForm({ before, onDone }: TagFormProps) {
  const { field, failure, pending, change, submit } = useForm(saveTag, {
    name: before?.name ?? '',
    color: before?.color ?? '',
  });
  const clear = (): void => {
    change({ name: '', color: '' });
    onDone();
  };
  const onSubmit = submit(({ name, color }) => {
    const given = color.trim();
    return { before, name: name.trim(), color: given === '' ? null : given };
  }, clear);
  return (
    <Panel title={before === undefined ? 'Make a tag' : `Change ${before.name}`}>
      <form noValidate onSubmit={onSubmit} className="flex flex-col gap-4">
        <div className="grid gap-4 sm:grid-cols-[3fr_1fr]">
          <TextField label="Name" failure={failure} placeholder="critical" {...field('name')} />
          <TextField label="Color" spellCheck={false} placeholder="#3366cc" {...field('color')} />
        </div>
        <div className="flex justify-end gap-2">
          <Button variant="bare" onClick={clear}>
            Clear
          </Button>
          <Button type="submit" variant="primary" pending={pending}>
            {saveTag.label}
          </Button>
        </div>
      </form>
    </Panel>
  );
}
