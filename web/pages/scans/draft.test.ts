import { describe, expect, it } from 'vitest';
import { scanRequestSchema } from '#contract/scans/scan.js';
import { ScanoramaError } from '#domain/errors/error.js';
import { EMPTY_DRAFT, fieldOf, placeFailure, readDraft, textsOf } from './draft.ts';

describe('textsOf', () => {
  it('splits on lines, commas and spaces alike', () => {
    expect(textsOf(' 127.0.0.1,\n127.0.0.2\t::1 , ;127.0.0.8/30\r\n')).toEqual([
      '127.0.0.1',
      '127.0.0.2',
      '::1',
      '127.0.0.8/30',
    ]);
  });
});

describe('readDraft', () => {
  it('asks for nothing without targets', () => {
    expect(readDraft({ ...EMPTY_DRAFT, ports: '22' })).toEqual({ request: undefined, failures: {} });
  });

  it('leaves out what is left empty, so that the server’s gentle defaults hold', () => {
    expect(readDraft({ ...EMPTY_DRAFT, targets: '127.0.0.1' }).request).toEqual({ targets: ['127.0.0.1'] });
  });

  it('reads every field into a request that the contract takes', () => {
    const { request } = readDraft({
      ...EMPTY_DRAFT,
      targets: '127.0.0.0/30',
      ports: ' 22,80 ',
      exclude: '127.0.0.2 127.0.0.3',
      name: ' Lab ',
      rate: '10,000',
      perHostRate: '40',
      scanType: 'udp',
      liveHosts: true,
      retries: '0',
      timeoutMs: '500',
    });
    expect(request).toEqual({
      targets: ['127.0.0.0/30'],
      ports: '22,80',
      exclude: ['127.0.0.2', '127.0.0.3'],
      name: 'Lab',
      rate: 10_000,
      per_host_rate: 40,
      scan_type: 'udp',
      live_hosts: true,
      retries: 0,
      timeout_ms: 500,
    });
    expect(scanRequestSchema.safeParse(request).success).toBe(true);
  });

  it('names its profile, and takes back what was emptied of it', () => {
    const draft = { ...EMPTY_DRAFT, targets: '127.0.0.1', profile: 'quick', rate: '5' };
    expect(readDraft(draft).request).toMatchObject({
      profile: 'quick',
      scan_type: 'auto',
      rate: 5,
      ports: null,
      live_hosts: false,
      retries: null,
    });
  });

  it('takes max as a rate, but not per host', () => {
    const draft = { ...EMPTY_DRAFT, targets: '127.0.0.1' };
    expect(readDraft({ ...draft, rate: 'MAX' }).request?.rate).toBe('max');
    const refused = readDraft({ ...draft, perHostRate: 'max' });
    expect(refused.request).toBeUndefined();
    expect(refused.failures.perHostRate?.sentence).toContain('whole number');
  });

  it.each(['0', '-1', '1.5', 'fast', '99999999999'])('refuses the rate %s', (rate) => {
    const reading = readDraft({ ...EMPTY_DRAFT, targets: '127.0.0.1', rate });
    expect(reading.request).toBeUndefined();
    expect(reading.failures.rate).toBeDefined();
  });
});

describe('fieldOf', () => {
  const draft = { ...EMPTY_DRAFT, targets: '127.0.0.0/30', exclude: '127.0.0.x' };

  it('knows the field by the code', () => {
    expect(fieldOf(new ScanoramaError('invalid_ports', 'No.'), draft)).toBe('ports');
    expect(fieldOf(new ScanoramaError('target_refused', 'No.', { at: '127.0.0.0/30' }), draft)).toBe(
      'targets',
    );
  });

  it('finds an offending word among the exclusions', () => {
    expect(fieldOf(new ScanoramaError('invalid_target', 'No.', { at: '127.0.0.x' }), draft)).toBe('exclude');
  });

  it('reads a path in `at`', () => {
    expect(fieldOf(new ScanoramaError('invalid_request', 'No.', { at: '/per_host_rate' }), draft)).toBe(
      'perHostRate',
    );
    expect(fieldOf(new ScanoramaError('invalid_request', 'No.', { at: 'targets.0' }), draft)).toBe('targets');
  });

  it('leaves the rest to the whole form', () => {
    const error = new ScanoramaError('database_unavailable', 'The database is away.');
    expect(fieldOf(error, draft)).toBeUndefined();
    expect(placeFailure(error, draft)).toEqual({ fields: {}, form: { sentence: 'The database is away.' } });
    expect(placeFailure(null, draft)).toEqual({ fields: {} });
  });
});
