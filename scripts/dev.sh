#!/bin/sh
# What the scripts of package.json run through, so that they find the runtime, the dependencies and the build that
# ./scanorama uses, also where the machine's own Node.js is too old:
#   sh scripts/dev.sh                        install and build what is missing
#   sh scripts/dev.sh COMMAND …              then run COMMAND, with that Node.js and the local tools first on PATH
#   sh scripts/dev.sh --no-build COMMAND …   the same without the build
set -eu
unset CDPATH

root=$(cd -P -- "$(dirname "$0")/.." && pwd -P)
. "$root/scripts/bootstrap.sh"
if [ "${1-}" = --no-build ]; then
  shift
  prepare dependencies
else
  prepare dependencies build
fi
[ $# -gt 0 ] || exit 0
PATH=$tools_path
export PATH
exec "$@"
