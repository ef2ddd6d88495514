# Shared by run.sh and test.sh; source it, do not run it.
set -euo pipefail

root_dir="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
package_list="$root_dir/packaging/debian-packages.txt"

say() { printf '%s\n' "flukeprint: $*"; }
die() { say "$*" >&2; exit 1; }

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        env DEBIAN_FRONTEND=noninteractive "$@"
    elif command -v sudo >/dev/null; then
        sudo env DEBIAN_FRONTEND=noninteractive "$@"
    else
        die "root rights are needed to install packages: run this as root, or install sudo"
    fi
}

# Installs the packages of debian-packages.txt that are missing, and says so first.
install_missing_packages() {
    command -v dpkg-query >/dev/null || die "this script sets up Debian 12; elsewhere install what $package_list names, then use CMake"
    local wanted missing
    wanted=$(sed 's/#.*//' "$package_list" | tr -s ' \t\n' ' ')
    missing=""
    local package
    for package in $wanted; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)" = installed ] || missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    say "about to install these Debian packages:$missing"
    as_root apt-get update -q
    # shellcheck disable=SC2086  # one word a package
    as_root apt-get install -y -q --no-install-recommends $missing
}

# build PRESET [TARGET...]: configures build/PRESET and builds the targets, or everything.
build() {
    local preset="$1"
    shift
    local targets=()
    [ $# -eq 0 ] || targets=(--target "$@")
    (cd "$root_dir" && cmake --preset "$preset" && cmake --build "build/$preset" "${targets[@]}")
}
