# Debian ships OpenCV's CMake files only with libopencv-dev, which pulls in VTK and 500 MB; the modules that we use are found by hand.
find_path(OPENCV_INCLUDE_DIR opencv2/core.hpp PATH_SUFFIXES opencv4 REQUIRED)
foreach(module core imgproc imgcodecs features2d flann calib3d)
    find_library(OPENCV_${module}_LIBRARY opencv_${module})
    if(OPENCV_${module}_LIBRARY)
        add_library(opencv_${module} SHARED IMPORTED GLOBAL)
        set_target_properties(opencv_${module} PROPERTIES
            IMPORTED_LOCATION "${OPENCV_${module}_LIBRARY}"
            INTERFACE_INCLUDE_DIRECTORIES "${OPENCV_INCLUDE_DIR}")
    elseif(NOT module STREQUAL "flann")
        message(FATAL_ERROR "OpenCV's module ${module} is missing: install libopencv-${module}-dev")
    endif()
endforeach()
