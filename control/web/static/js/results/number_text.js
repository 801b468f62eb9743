// Numbers of results as they are read.

const LEAST_DIGITS = 4
const MOST_DIGITS = 12

/** A fraction with four decimals; with more where four would make it look perfect, or nil. */
export function numberText(value) {
  if (value === null || value === undefined) return ''
  if (Math.abs(value) > 1) return value.toLocaleString('en', {maximumFractionDigits: LEAST_DIGITS})
  for (let digits = LEAST_DIGITS; digits < MOST_DIGITS; digits += 1) {
    const text = value.toFixed(digits)
    if ([0, 1, -1].includes(value) || ![0, 1, -1].includes(Number(text))) return text
  }
  return String(value)
}
