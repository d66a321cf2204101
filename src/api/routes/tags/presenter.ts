import type { Tag } from '#contract/labels/tag.js';
import type { TagView } from '#store/tags/tags.js';

export function presentTag({ name, color, hosts, scans, createdBy, createdAt }: TagView): Tag {
  return { name, color, hosts, scans, created_by: createdBy, created_at: createdAt.toISOString() };
}
