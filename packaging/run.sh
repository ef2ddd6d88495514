#!/usr/bin/env bash
# Installs what is missing, builds Flukeprint and opens it:
#   packaging/run.sh              the demo catalogue, drawn at the first start
#   packaging/run.sh CATALOGUE    another catalogue (a folder NAME.flukeprint)
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

[ $# -le 1 ] || die "usage: packaging/run.sh [CATALOGUE]"
if [ $# -eq 1 ] && [ ! -d "$1" ]; then
    die "there is no catalogue '$1'; make one with: build/release/app/flukeprint-cli init '$1'"
fi

install_missing_packages
say "building"
build release flukeprint flukeprint-cli flukeprint-worker
cli="$root_dir/build/release/app/flukeprint-cli"

if [ $# -eq 1 ]; then
    catalogue="$1"
else
    demo_dir="${XDG_DATA_HOME:-$HOME/.local/share}/flukeprint/demo"
    catalogue="$demo_dir/demo.flukeprint"
    # What was interrupted goes on where it stopped.
    if [ ! -d "$catalogue" ] || [ -e "$catalogue.unfinished" ]; then
        say "drawing the demo catalogue in $demo_dir"
        "$cli" demo "$demo_dir"
    fi
fi

if [ -z "${DISPLAY:-}" ] && [ -z "${WAYLAND_DISPLAY:-}" ]; then
    say "there is no display here, so the window cannot open. The command line works without one:"
    say "  $cli --help"
    say "  $cli verify '$catalogue'"
    say "  $cli identify '$catalogue' PHOTO.jpg"
    exit 0
fi
exec "$root_dir/build/release/app/flukeprint" "$catalogue"
