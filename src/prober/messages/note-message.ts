import { formatAddress } from '#domain/addresses/address.js';
import { FINDING_FACTS, type Finding, isPortFinding } from '#domain/enrichment/finding.js';
import { PROTOCOLS } from '#domain/ports/protocol.js';
import { MAX_PLAN_POSITIONS } from '#domain/scans/plan.js';
import { discoveryEventsMessage, readDiscoveryEvents } from '#prober/messages/discovery-messages.js';
import {
  addressOf,
  type Fields,
  fieldsOf,
  integerOf,
  labelOf,
  listOf,
  nullOr,
  textOf,
  timeOf,
} from '#prober/messages/json-members.js';
import { reading } from '#prober/messages/messages.js';
import type { Note } from '#scan/engine/observation-note.js';

/*
 * What travels beside columns: the body of a `note` frame is a list of notes. Chunks keep to numbers, so that a
 * million positions cost five arrays; what is told once a host can afford to be JSON.
 */

/** A frame is closed once it has so much; one note more may be in it, far below `MAX_NOTE_BYTES`. */
export const NOTE_FRAME_CHARACTERS = 262_144;
const MAX_NOTES = 65_536;
const MAX_VALUE_CHARACTERS = 1_048_576;
const MAX_SENTENCE_CHARACTERS = 8_192;
const MAX_REASON_CHARACTERS = 1_024;
const MAX_PORT = 65_535;

/** As many messages as it takes, in order. */
export function noteMessages(notes: readonly Note[]): unknown[] {
  const messages: unknown[][] = [];
  let characters = NOTE_FRAME_CHARACTERS;
  for (const note of notes) {
    const message = noteMessage(note);
    if (characters >= NOTE_FRAME_CHARACTERS) {
      messages.push([]);
      characters = 0;
    }
    messages.at(-1)?.push(message);
    characters += JSON.stringify(message).length;
  }
  return messages;
}

function noteMessage(note: Note): Fields {
  const { kind, position } = note;
  if (kind === 'partial')
    return { kind, position, sentence: note.sentence.slice(0, MAX_SENTENCE_CHARACTERS) };
  if (kind === 'discovery') return { kind, position, events: discoveryEventsMessage(note.events) };
  return { kind, position, finding: { ...note.finding, address: formatAddress(note.finding.address) } };
}

/** Throws FrameError for anything that is no list of notes. */
export function readNotes(message: unknown): readonly Note[] {
  return reading('note', () => listOf(message, MAX_NOTES).map((note) => readNote(fieldsOf(note))));
}

function readNote(fields: Fields): Note {
  const position = integerOf(fields['position'], { min: 0, max: MAX_PLAN_POSITIONS });
  const kind = labelOf(fields['kind'], ['finding', 'partial', 'discovery'] as const);
  if (kind === 'partial')
    return { kind, position, sentence: textOf(fields['sentence'], MAX_SENTENCE_CHARACTERS) };
  if (kind === 'discovery') return { kind, position, events: readDiscoveryEvents(fields['events']) };
  return { kind, position, finding: readFinding(fieldsOf(fields['finding'])) };
}

function readFinding(fields: Fields): Finding {
  const address = addressOf(fields['address']);
  const fact = labelOf(fields['fact'], FINDING_FACTS);
  const port = nullOr(fields['port'], (value) => integerOf(value, { min: 0, max: MAX_PORT }));
  const protocol = nullOr(fields['protocol'], (value) => labelOf(value, PROTOCOLS));
  if (isPortFinding(fact) !== (port !== null) || (port === null) !== (protocol === null))
    throw new TypeError('what is of a port, and nothing else, has a port and its protocol');
  const value = textOf(fields['value'], MAX_VALUE_CHARACTERS);
  if (value === '') throw new TypeError('there is no value');
  const reason = nullOr(fields['reason'], (text) => textOf(text, MAX_REASON_CHARACTERS));
  return { address, fact, protocol, port, value, reason, observedAtMs: timeOf(fields['observedAtMs']) };
}
