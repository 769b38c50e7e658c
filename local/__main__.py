"""`python -m local`."""

import sys

from local.app import main

sys.exit(main())
