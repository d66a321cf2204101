/** Reports of other programs that can be imported. */
export const IMPORT_FORMATS = ['nmap-xml'] as const;
export type ImportFormat = (typeof IMPORT_FORMATS)[number];
