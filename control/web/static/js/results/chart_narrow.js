// Charts on a narrow page: what stands side by side stands one below the other.
//
// Only those that say so (usermeta.stacks): their panels can do without the names beside the first.

const NARROW = matchMedia('(max-width: 45rem)')
const WIDEST = 215 // of a panel, in pixels

/** Whether the page is narrow now. */
export function isNarrow() {
  return NARROW.matches
}

/** Call `hear` when the page has become narrow or wide. */
export function onWidth(hear) {
  NARROW.addEventListener('change', hear)
}

/**
 * The same specification with its panels one below the other.
 *
 * @param {object} spec Vega-Lite; stays as it is
 */
export function stacked(spec) {
  if (!spec.usermeta?.stacks) return spec
  return stack(spec)
}

function stack({hconcat, vconcat, ...spec}) {
  const panels = hconcat ?? vconcat
  if (!panels) return panel(spec)
  const {bounds, ...rest} = spec
  return {...rest, spacing: 22, vconcat: panels.map(stack)}
}

function panel(spec) {
  const {width} = spec
  return {...named(spec), ...(width > WIDEST ? {width: WIDEST} : {})}
}

/** With the names of the lines, which only the first of several panels has on a wide page. */
function named(part) {
  if (Array.isArray(part)) return part.map(named)
  if (!part || typeof part !== 'object') return part
  return Object.fromEntries(Object.entries(part).map(([key, value]) => {
    if (key === 'y' && value?.axis?.labels === false) return [key, {...value, axis: {...value.axis, labels: true}}]
    return [key, key === 'values' || key === 'datasets' ? value : named(value)]
  }))
}
