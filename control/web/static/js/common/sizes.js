// Sizes in words.

const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB']

/** "734 MB" */
export function sizeText(bytes) {
  let [size, unit] = [bytes, 0]
  while (size >= 999.5 && unit < UNITS.length - 1) [size, unit] = [size / 1000, unit + 1]
  const digits = unit === 0 || size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2
  return `${size.toFixed(digits)} ${unit === 0 && bytes === 1 ? 'byte' : UNITS[unit]}`
}

const THOUSANDS = ['', ' k', ' M', ' G']

/** "12.3 MB/s", "812 k reads/s" */
export function rateText(rate, unit) {
  if (unit === 'bytes') return `${sizeText(rate)}/s`
  let [number, step] = [rate, 0]
  while (number >= 9999.5 && step < THOUSANDS.length - 1) [number, step] = [number / 1000, step + 1]
  const digits = number >= 99.95 ? 0 : 1
  return `${Number(number.toFixed(digits)).toLocaleString('en')}${THOUSANDS[step]} ${unit || 'steps'}/s`
}
