# A room is one static library under core/ or ui/: every .cpp of its folder, and the rooms it may use.
# Torch compiles need over 1 GB each, so its targets share a job pool of two.
set_property(GLOBAL APPEND PROPERTY JOB_POOLS torch_pool=2)

set(CMAKE_AUTOMOC_MOC_OPTIONS --include "${CMAKE_SOURCE_DIR}/packaging/cmake/moc_prelude.h")

add_library(flukeprint_options INTERFACE)
target_include_directories(flukeprint_options INTERFACE "${CMAKE_SOURCE_DIR}")
target_compile_definitions(flukeprint_options INTERFACE QT_NO_KEYWORDS QT_NO_CAST_FROM_BYTEARRAY)
target_compile_options(flukeprint_options INTERFACE -Wall -Wextra -Wpedantic -Wnon-virtual-dtor -Woverloaded-virtual -Wshadow=local)
if(FLUKEPRINT_WERROR)
    target_compile_options(flukeprint_options INTERFACE -Werror)
endif()
if(CMAKE_UNITY_BUILD)
    # The sources of a folder are compiled as one where everything is built at once: a third of the time. This warning is about headers.
    target_compile_options(flukeprint_options INTERFACE -Wno-subobject-linkage)
endif()
if(FLUKEPRINT_SANITIZE)
    target_compile_options(flukeprint_options INTERFACE -fsanitize=${FLUKEPRINT_SANITIZE} -fno-omit-frame-pointer)
    target_link_options(flukeprint_options INTERFACE -fsanitize=${FLUKEPRINT_SANITIZE})
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        # GCC's own manual: the sanitizers' instrumentation makes this warning cry wolf; here about LibTorch's option structs and std::optional.
        target_compile_options(flukeprint_options INTERFACE -Wno-maybe-uninitialized)
    endif()
endif()
find_package(Threads REQUIRED)
target_link_libraries(flukeprint_options INTERFACE Threads::Threads)

# For a unity build: the sources of a folder make one group, so that a new file meets the names of its neighbours alone.
function(flukeprint_group_sources target)
    set_target_properties(${target} PROPERTIES UNITY_BUILD_MODE GROUP)
    get_target_property(sources ${target} SOURCES)
    foreach(source IN LISTS sources)
        get_filename_component(file "${source}" ABSOLUTE)
        file(RELATIVE_PATH file "${CMAKE_SOURCE_DIR}" "${file}")
        get_filename_component(folder "${file}" DIRECTORY)
        string(MAKE_C_IDENTIFIER "${folder}" group)
        set_source_files_properties("${source}" PROPERTIES UNITY_GROUP "${group}")
    endforeach()
endfunction()

# flukeprint_room(name [QT] [DEPENDS target...] [PRIVATE target...])
#   name      the folder relative to CMAKE_SOURCE_DIR is the current one; the target is flukeprint_<name>
#   QT        run moc (and rcc) over the room
#   DEPENDS   rooms (by short name) and library targets visible to users of the room
#   PRIVATE   library targets that only the room's own .cpp files see
function(flukeprint_room name)
    cmake_parse_arguments(ROOM "QT" "" "DEPENDS;PRIVATE" ${ARGN})
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cpp" "${CMAKE_CURRENT_SOURCE_DIR}/*.h")
    if(NOT sources MATCHES "\\.cpp")
        file(WRITE "${CMAKE_CURRENT_BINARY_DIR}/empty_room.cpp" "")
        list(APPEND sources "${CMAKE_CURRENT_BINARY_DIR}/empty_room.cpp")
    endif()
    add_library(flukeprint_${name} STATIC ${sources})
    target_link_libraries(flukeprint_${name} PUBLIC flukeprint_options)
    flukeprint_group_sources(flukeprint_${name})
    foreach(visibility DEPENDS PRIVATE)
        foreach(dependency IN LISTS ROOM_${visibility})
            if(TARGET flukeprint_${dependency})
                set(dependency flukeprint_${dependency})
            endif()
            if(visibility STREQUAL "DEPENDS")
                target_link_libraries(flukeprint_${name} PUBLIC ${dependency})
            else()
                target_link_libraries(flukeprint_${name} PRIVATE ${dependency})
            endif()
        endforeach()
    endforeach()
    if(ROOM_QT)
        set_target_properties(flukeprint_${name} PROPERTIES AUTOMOC ON AUTORCC ON)
    endif()
endfunction()

# flukeprint_test(name SOURCES file... LINK target... [LABELS label...] [TIMEOUT seconds] [WHOLE_RUNS])
# A QtTest program; run offscreen so that it needs no display.
#   WHOLE_RUNS  it mostly trains from beginning to end: many minutes under the sanitizers, so only packaging/test.sh --thorough does that
function(flukeprint_test name)
    cmake_parse_arguments(TEST "WHOLE_RUNS" "TIMEOUT" "SOURCES;LINK;LABELS" ${ARGN})
    # moc reads the one source alone: AUTOMOC would follow its includes through all of LibTorch, and compile one more file for each program.
    qt6_generate_moc(${name}.cpp "${CMAKE_CURRENT_BINARY_DIR}/${name}.moc")
    add_executable(${name} ${TEST_SOURCES} "${CMAKE_CURRENT_BINARY_DIR}/${name}.moc")
    target_include_directories(${name} PRIVATE "${CMAKE_CURRENT_BINARY_DIR}")
    set_target_properties(${name} PROPERTIES UNITY_BUILD OFF)
    target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-O1>) # what a test calls is optimised, itself it need not be
    set(libraries)
    foreach(library IN LISTS TEST_LINK)
        if(TARGET flukeprint_${library})
            set(library flukeprint_${library})
        endif()
        list(APPEND libraries ${library})
    endforeach()
    target_link_libraries(${name} PRIVATE ${libraries} Qt6::Test)
    target_compile_definitions(${name} PRIVATE
        FLUKEPRINT_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
        FLUKEPRINT_SHARED_DATA_DIR="${CMAKE_SOURCE_DIR}/../shared")
    if(NOT TEST_TIMEOUT)
        set(TEST_TIMEOUT 300)
    endif()
    if(FLUKEPRINT_SANITIZE)
        math(EXPR TEST_TIMEOUT "6 * ${TEST_TIMEOUT}")
    endif()
    get_filename_component(room "${CMAKE_CURRENT_SOURCE_DIR}" NAME)
    if(NOT room MATCHES "^(ui|cli)$")
        list(APPEND TEST_LABELS core)
    endif()
    set(cost 1)
    if(TEST_WHOLE_RUNS)
        list(APPEND TEST_LABELS sanitized_runs)
        set(cost 100) # begun first, or one core would wait for them at the end
        add_dependencies(sanitized_run_tests ${name})
    elseif(NOT room MATCHES "^(ui|cli)$")
        list(APPEND TEST_LABELS sanitized)
        add_dependencies(sanitized_tests ${name})
    endif()
    list(REMOVE_DUPLICATES TEST_LABELS)
    set(worker "$<$<TARGET_EXISTS:flukeprint-worker>:$<TARGET_FILE:flukeprint-worker>>")
    # A sanitized host talks to the worker of the release build, which is several times faster; the worker's own rooms have their tests.
    if(FLUKEPRINT_TEST_WORKER AND NOT room STREQUAL "learning")
        set(worker "${FLUKEPRINT_TEST_WORKER}")
    endif()
    add_test(NAME ${name} COMMAND ${name})
    # OpenMP's threads sleep while they wait for each other: tests run side by side, and would take turns at spinning.
    set_tests_properties(${name} PROPERTIES
        TIMEOUT ${TEST_TIMEOUT}
        COST ${cost}
        LABELS "${TEST_LABELS}"
        ENVIRONMENT "QT_QPA_PLATFORM=offscreen;OMP_WAIT_POLICY=PASSIVE;FLUKEPRINT_LOCALISER=none;FLUKEPRINT_WORKER=${worker};FLUKEPRINT_CLI=$<$<TARGET_EXISTS:flukeprint-cli>:$<TARGET_FILE:flukeprint-cli>>")
endfunction()
