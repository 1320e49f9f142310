#!/bin/sh
# check.sh: everything that must hold before a change lands: builds with warnings as errors and runs
# all tests. Installs what it needs on Debian 12. About seven minutes on two cores.
. "$(dirname "$0")/setup.sh"
exec cmake --workflow --preset check
