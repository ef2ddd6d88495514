#!/usr/bin/env bash
# Installs what is missing, builds everything, runs every test; then the tests of core/'s rooms
# again under AddressSanitizer and UndefinedBehaviorSanitizer (jobs and workflows with the release
# build's worker).
# packaging/test.sh --quick leaves the sanitizer pass out; --thorough adds to it the programs that
# train whole runs, which take two cores a good many minutes with sanitizers, and builds every source
# by itself too, as the debug preset does: a forgotten include hides where several are compiled as one.
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

quick=false
thorough=false
for argument in "$@"; do
    case "$argument" in
    --quick) quick=true ;;
    --thorough) thorough=true ;;
    *) die "unknown option '$argument'; there are --quick and --thorough" ;;
    esac
done

install_missing_packages

run_ctest() { (cd "$root_dir/build/$1" && ctest --parallel "$(nproc)" --output-on-failure --no-tests=error "${@:2}"); }

say "building (release)"
build release
say "running the tests"
run_ctest release

if ! $quick; then
    say "building the tests of core/ with AddressSanitizer and UndefinedBehaviorSanitizer"
    build asan sanitized_tests
    export ASAN_OPTIONS="detect_leaks=1:detect_stack_use_after_return=1:alloc_dealloc_mismatch=1"
    export LSAN_OPTIONS="suppressions=$root_dir/packaging/sanitizers/lsan.supp:print_suppressions=0"
    export UBSAN_OPTIONS="print_stacktrace=1:halt_on_error=1:suppressions=$root_dir/packaging/sanitizers/ubsan.supp"
    run_ctest asan -L '^sanitized$'
    if $thorough; then
        say "building the tests that train whole runs with the sanitizers"
        build asan sanitized_run_tests
        run_ctest asan -L '^sanitized_runs$'
        say "building every source by itself (debug)"
        build debug
    fi
fi
