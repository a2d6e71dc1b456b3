"""`leap-bridge` as a program, with the page of another folder: the first word."""

import sys
from pathlib import Path

from leap_bridge.cli import main
from leap_bridge.web import site

site.BUILT = Path(sys.argv[1])
sys.exit(main(sys.argv[2:]))
