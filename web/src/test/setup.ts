/** Tests speak the words of the interface. */

import '../lib/i18n'
