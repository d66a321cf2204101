import { describe, expect, it } from 'vitest';
import { changeText } from './change-text.ts';

const none = { protocol: null, port: null, old_value: null, new_value: null };

describe('changeText', () => {
  it('names facts of the host', () => {
    expect(changeText({ ...none, fact: 'os_family', new_value: 'Linux' })).toEqual({
      subject: 'Operating system',
      from: null,
      to: 'Linux',
    });
  });

  it('names a port by number and protocol', () => {
    const change = { ...none, protocol: 'tcp', port: 22, old_value: 'closed', new_value: 'open' } as const;
    expect(changeText({ ...change, fact: 'port' }).subject).toBe('Port 22/tcp');
    expect(changeText({ ...change, fact: 'service' }).subject).toBe('Port 22/tcp service');
  });

  it('says of a host that it is deleted or not', () => {
    const change = { ...none, fact: 'deleted', new_value: 'true' };
    expect(changeText(change)).toEqual({ subject: 'Deleted', from: 'no', to: 'yes' });
    expect(changeText({ ...change, old_value: 'true', new_value: 'false' })).toMatchObject({
      from: 'yes',
      to: 'no',
    });
  });

  it('says of what people said what there was and is', () => {
    expect(changeText({ ...none, fact: 'tag', new_value: 'web' })).toEqual({
      subject: 'Tag',
      from: 'none',
      to: 'web',
    });
    expect(changeText({ ...none, fact: 'field.rack', old_value: '7' })).toEqual({
      subject: 'Field rack',
      from: '7',
      to: 'none',
    });
  });

  it('can show a fact it has no word for', () => {
    expect(changeText({ ...none, fact: 'snmp_name' }).subject).toBe('Snmp name');
  });
});
