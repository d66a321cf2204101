import type { DoctorEngine, DoctorReport } from '#contract/workers/doctor.js';
import type { MachineEngine, MachineReport } from '#work/health/examine-machine.js';

export function presentDoctor({ checks, engines }: MachineReport): DoctorReport {
  return {
    ok: checks.every(({ isOk }) => isOk) && engines.every(({ lack }) => lack === null),
    checks: checks.map(({ name, isOk, found, remedies }) => ({
      name,
      ok: isOk,
      found,
      remedies: remedies.map(({ what, command }) => ({ what, command })),
    })),
    engines: engines.map(presentEngine),
  };
}

export function presentEngine({ name, protocols, lack }: MachineEngine): DoctorEngine {
  return {
    name,
    available: lack === null,
    protocols: [...protocols],
    reason: lack?.message ?? null,
    hint: lack?.hint ?? null,
  };
}
