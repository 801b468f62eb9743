// What every page has: times in the reader's zone, the account menu, the bell, and forms that
// ask before something is gone.
import {closeByItself} from './account_menu.js'
import {Bell} from './bell.js'
import {askBeforeForms} from '../common/confirmation.js'
import {copyButtons} from '../common/copy.js'
import {write} from '../common/place.js'
import {showAll} from '../common/times.js'

showAll()
askBeforeForms()
copyButtons()
write({did: ''}) // said once
const menu = document.getElementById('account')
if (menu) closeByItself(menu)

const place = document.getElementById('bell')
/** @type {?Bell} null where nobody is signed in */
export const bell = place && new Bell(place)
bell?.start()
