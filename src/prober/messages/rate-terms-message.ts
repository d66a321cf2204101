import { ALL_PARTS } from '#domain/rates/rate-share.js';
import { MAX_PACKETS_PER_SECOND } from '#net/send/pace.js';
import type { RateTerms } from '#net/send/scan-pace.js';
import { countOf, fieldsOf, integerOf, listOf, nullOr } from '#prober/messages/json-members.js';

/* How much of the rates is a program's, as it travels in orders and renewals. */

export function termsMessage({
  requestNumber,
  site,
  siteParts,
  scanParts,
  defaultRates,
}: RateTerms): unknown {
  return {
    request_number: requestNumber,
    site,
    site_parts: siteParts,
    scan_parts: scanParts,
    default_rates: [defaultRates.packetsPerSecond, defaultRates.packetsPerSecondPerHost],
  };
}

/** Throws TypeError. */
export function readTerms(message: unknown): RateTerms {
  const fields = fieldsOf(message);
  const [total, perHost] = listOf(fields['default_rates'], 2);
  return {
    requestNumber: countOf(fields['request_number']),
    site: countOf(fields['site']),
    siteParts: nullOr(fields['site_parts'], partsOf),
    scanParts: nullOr(fields['scan_parts'], partsOf),
    defaultRates: { packetsPerSecond: integerRate(total), packetsPerSecondPerHost: integerRate(perHost) },
  };
}

function partsOf(value: unknown): number {
  return integerOf(value, { min: 0, max: ALL_PARTS });
}

function integerRate(value: unknown): number {
  return integerOf(value, { min: 1, max: MAX_PACKETS_PER_SECOND });
}
