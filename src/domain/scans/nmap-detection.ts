import type { NmapScanType } from '#domain/scans/scan-type.js';

/** How patient nmap is, its templates T0 to T4 in order. T5 gives hosts up, and what it gives up looks like silence. */
export const NMAP_TIMINGS = ['paranoid', 'sneaky', 'polite', 'normal', 'aggressive'] as const;
export type NmapTiming = (typeof NMAP_TIMINGS)[number];

/** Which of its scripts nmap runs; `safe` are those and the usual ones. */
export const SCRIPT_SETS = ['none', 'default', 'safe'] as const;
export type ScriptSet = (typeof SCRIPT_SETS)[number];

/** nmap's own, and how many probes it spends on naming a service: 0 the likeliest, 9 all. */
export const DEFAULT_VERSION_INTENSITY = 7;
export const MAX_VERSION_INTENSITY = 9;

/** What nmap is to find out beside the states of ports, and how patiently. */
export interface NmapDetection {
  readonly scanType: NmapScanType;
  /** Undefined: as the rates are, normal where one limits it and aggressive where none does. */
  readonly timing: NmapTiming | undefined;
  readonly versionIntensity: number;
  readonly scripts: ScriptSet;
  /** Told by raw packets alone: without them it is left out. */
  readonly osDetection: boolean;
}

/** What each type runs of nmap's scripts, and whether it tells systems, where nobody says else. */
const USUAL: Readonly<Record<NmapScanType, Pick<NmapDetection, 'scripts' | 'osDetection'>>> = {
  version: { scripts: 'none', osDetection: false },
  aggressive: { scripts: 'default', osDetection: true },
  comprehensive: { scripts: 'safe', osDetection: true },
};

/** What was said of it; the rest as the type has it. */
export type DetectionInput = {
  readonly [Key in Exclude<keyof NmapDetection, 'scanType'>]?: NmapDetection[Key] | undefined;
};

export function detectionOf(scanType: NmapScanType, input: DetectionInput = {}): NmapDetection {
  const usual = USUAL[scanType];
  return {
    scanType,
    timing: input.timing,
    versionIntensity: input.versionIntensity ?? DEFAULT_VERSION_INTENSITY,
    scripts: input.scripts ?? usual.scripts,
    osDetection: input.osDetection ?? usual.osDetection,
  };
}

/**
 * The pause between two probes that a template stands for. The patient ones ask one port at a time, whatever the number
 * of hosts.
 */
export const TIMING_PAUSES_MS: Readonly<Record<NmapTiming, number>> = {
  paranoid: 300_000,
  sneaky: 15_000,
  polite: 400,
  normal: 0,
  aggressive: 0,
};
