-- Why a scan was not asked with the engine one would wish for; null when it was.
ALTER TABLE scan_jobs ADD COLUMN engine_note text CHECK (engine_note <> '');
