# Every file under breach/ but the one that is allowed must be named by check_rules.cmake. Run by ctest.
cmake_minimum_required(VERSION 3.25)

set(allowed app/main_worker.cpp)
execute_process(COMMAND "${CMAKE_COMMAND}" "-DSOURCE_DIR=${CMAKE_CURRENT_LIST_DIR}/breach" -P "${CMAKE_CURRENT_LIST_DIR}/check_rules.cmake"
    RESULT_VARIABLE status ERROR_VARIABLE said)
if(status EQUAL 0)
    message(FATAL_ERROR "nothing was caught")
endif()
file(GLOB_RECURSE files RELATIVE "${CMAKE_CURRENT_LIST_DIR}/breach" "${CMAKE_CURRENT_LIST_DIR}/breach/*")
foreach(file IN LISTS files)
    string(FIND "${said}" "${file}:" place)
    if(file IN_LIST allowed AND NOT place EQUAL -1)
        message(FATAL_ERROR "${file} is allowed, and was caught")
    elseif(NOT file IN_LIST allowed AND place EQUAL -1)
        message(FATAL_ERROR "${file} was not caught. Said was:\n${said}")
    endif()
endforeach()
