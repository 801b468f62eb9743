// How charts look here: in the colours of the page, light or dark. What they show is not touched.
//
// The engines draw for white paper, with a few colours by name (workflow/engines/charts/theme.py);
// each of them has its like on this page.

const LIGHT = {
  '#e69f00': '#a87400', '#56b4e9': '#2a86bf', '#cc79a7': '#b25488', // 3:1 on white
}
const DARK = {
  white: '#16191d', '#222222': '#e8eaed', '#333333': '#d3d8de', '#444444': '#c3c9d0', '#555555': '#a3abb5',
  '#bbbbbb': '#5d6670', '#cccccc': '#4a525b', '#dddddd': '#3a4148', '#ececec': '#2a3036', '#f4f4f4': '#1f2429',
  '#0072b2': '#4da6e8', '#d55e00': '#f58a4b', '#009e73': '#38c79c', '#cc79a7': '#dd98bf',
  '#f7fbff': '#1c2733', '#08519c': '#2f6db3',
}
const COLOURED = new Set(['color', 'fill', 'stroke', 'range', 'value', 'background', 'stop'])

/** Whether the page is dark now. */
export function isDark() {
  const chosen = document.documentElement.dataset.theme
  return chosen ? chosen === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches
}

/** Call `hear` when the page has become dark or light. */
export function onLook(hear) {
  let was = isDark()
  const look = () => {
    if (isDark() === was) return
    was = isDark()
    hear()
  }
  new MutationObserver(look).observe(document.documentElement, {attributeFilter: ['data-theme']})
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', look)
}

/**
 * A specification in other colours.
 *
 * @param {object} spec Vega-Lite; stays as it is
 * @param {boolean} dark
 */
export function painted(spec, dark) {
  const colours = dark ? DARK : LIGHT
  const {datasets, config, ...rest} = spec
  const made = paint(rest, colours)
  const own = paint(config ?? {}, colours)
  const ink = dark ? {labelColor: DARK['#333333'], titleColor: DARK['#333333']} : {}
  made.config = {
    ...own, background: dark ? DARK.white : 'white', axis: {...ink, ...own.axis}, legend: {...ink, ...own.legend},
  }
  return datasets ? {...made, datasets} : made
}

function paint(part, colours, key = '') {
  if (Array.isArray(part)) return part.map((each) => paint(each, colours, key))
  if (part && typeof part === 'object') {
    return Object.fromEntries(
      Object.entries(part).map(([name, value]) => [name, name === 'values' ? value : paint(value, colours, name)]),
    )
  }
  if (typeof part !== 'string' || !isColour(key)) return part
  // white text stands on a dark cell, here as on paper; white marks are hollow ones
  if (key === 'value' && part === 'white') return part
  return colours[part.toLowerCase()] ?? part
}

function isColour(key) {
  return COLOURED.has(key) || key.endsWith('Color')
}
