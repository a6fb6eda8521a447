/** Loads the interface texts for the tests. */

import '../lib/i18n'
