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
    colour: before?.colour ?? '',
  });
  const clear = (): void => {
    change({ name: '', colour: '' });
    onDone();
  };
  const onSubmit = submit(({ name, colour }) => {
    const said = colour.trim();
    return { before, name: name.trim(), colour: said === '' ? null : said };
  }, clear);
  return (
    <Panel title={before === undefined ? 'Make a tag' : `Change ${before.name}`}>
      <form noValidate onSubmit={onSubmit} className="flex flex-col gap-4">
        <div className="grid gap-4 sm:grid-cols-[3fr_1fr]">
          <TextField label="Name" failure={failure} placeholder="critical" {...field('name')} />
          <TextField label="Colour" spellCheck={false} placeholder="#3366cc" {...field('colour')} />
        </div>
        <div className="flex justify-end gap-2">
          <Button look="bare" onClick={clear}>
            Clear
          </Button>
          <Button type="submit" look="primary" pending={pending}>
            {saveTag.label}
          </Button>
        </div>
      </form>
    </Panel>
  );
}
