// Light or dark, as the reader's system says or as they chose here. No module: it runs before
// the page is shown, so that nothing flashes.
(() => {
  const KEY = 'plumbline-theme'
  const CHOICES = [['', 'Auto'], ['light', 'Light'], ['dark', 'Dark']]
  const root = document.documentElement

  const known = (theme) => (CHOICES.some(([choice]) => choice === theme) ? theme : '')
  const read = () => {
    try {
      return known(localStorage.getItem(KEY))
    } catch {
      return '' // storage is not allowed: the choice lasts as long as the page
    }
  }
  const keep = (theme) => {
    try {
      localStorage.setItem(KEY, theme)
    } catch {
      // see above
    }
  }
  const apply = (theme) => {
    if (theme) root.dataset.theme = theme
    else delete root.dataset.theme
    for (const input of document.getElementsByName('colours')) input.checked = input.value === theme
    // what is drawn on a canvas is drawn anew
    dispatchEvent(new CustomEvent('plumbline-theme', {detail: theme}))
  }
  apply(read())
  root.classList.add('scripted')

  const choice = ([value, text]) => {
    const label = document.createElement('label')
    const input = document.createElement('input')
    Object.assign(input, {type: 'radio', name: 'colours', value, checked: value === (root.dataset.theme ?? '')})
    input.addEventListener('change', () => {
      keep(value)
      apply(value)
    })
    label.append(input, text)
    return label
  }
  addEventListener('DOMContentLoaded', () => {
    const set = document.createElement('fieldset')
    const legend = document.createElement('legend')
    legend.textContent = 'Colours'
    set.className = 'colours'
    set.append(legend, ...CHOICES.map(choice))
    document.getElementById('colours')?.append(set)
  })
  addEventListener('storage', (event) => { if (event.key === KEY) apply(read()) })
})()
