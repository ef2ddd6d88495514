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
if(FLUKEPRINT_SANITIZE)
    target_compile_options(flukeprint_options INTERFACE -fsanitize=${FLUKEPRINT_SANITIZE} -fno-omit-frame-pointer)
    target_link_options(flukeprint_options INTERFACE -fsanitize=${FLUKEPRINT_SANITIZE})
endif()
find_package(Threads REQUIRED)
target_link_libraries(flukeprint_options INTERFACE Threads::Threads)

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

# flukeprint_test(name SOURCES file... LINK target... [LABELS label...] [TIMEOUT seconds])
# A QtTest program; run offscreen so that it needs no display.
function(flukeprint_test name)
    cmake_parse_arguments(TEST "" "TIMEOUT" "SOURCES;LINK;LABELS" ${ARGN})
    add_executable(${name} ${TEST_SOURCES})
    set_target_properties(${name} PROPERTIES AUTOMOC ON)
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
    get_filename_component(room "${CMAKE_CURRENT_SOURCE_DIR}" NAME)
    if(NOT room MATCHES "^(ui|cli)$")
        list(APPEND TEST_LABELS core)
    endif()
    # The rooms that need no LibTorch go through the sanitizers on every run of packaging/test.sh.
    if(room MATCHES "^(base|chips|protocol|evaluation|matching|catalogue|imaging|demo)$")
        list(APPEND TEST_LABELS sanitized)
        add_dependencies(sanitized_tests ${name})
    endif()
    list(REMOVE_DUPLICATES TEST_LABELS)
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES
        TIMEOUT ${TEST_TIMEOUT}
        LABELS "${TEST_LABELS}"
        ENVIRONMENT "QT_QPA_PLATFORM=offscreen;FLUKEPRINT_LOCALISER=none;FLUKEPRINT_WORKER=$<$<TARGET_EXISTS:flukeprint-worker>:$<TARGET_FILE:flukeprint-worker>>;FLUKEPRINT_CLI=$<$<TARGET_EXISTS:flukeprint-cli>:$<TARGET_FILE:flukeprint-cli>>")
endfunction()
