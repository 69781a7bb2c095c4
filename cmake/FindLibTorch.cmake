# Finds LibTorch without the wheel's own TorchConfig.cmake, which demands a CUDA toolkit and links all of CUDA.
#
# Input:   SADDLE_LIBTORCH   the folder that holds include/ and lib/: a wheel's torch/, a Python environment's
#                            site-packages/torch, or the official archive's libtorch/
# Target:  LibTorch::CPU     headers, libtorch_cpu and libc10. CUDA is loaded at run time (saddle/base/device.cpp).
if(NOT "${SADDLE_LIBTORCH}" STREQUAL "${LibTorch_SEARCHED}")  # another folder than last time: forget what was found
  foreach(_found INCLUDE_DIR API_INCLUDE_DIR CPU_LIBRARY C10_LIBRARY)
    unset(LibTorch_${_found} CACHE)
  endforeach()
  set(LibTorch_SEARCHED "${SADDLE_LIBTORCH}" CACHE INTERNAL "The folder that LibTorch was last looked for in")
endif()
find_path(LibTorch_INCLUDE_DIR ATen/core/Tensor.h PATHS "${SADDLE_LIBTORCH}/include" NO_DEFAULT_PATH)
find_path(LibTorch_API_INCLUDE_DIR torch/torch.h
  PATHS "${SADDLE_LIBTORCH}/include/torch/csrc/api/include" NO_DEFAULT_PATH)
find_library(LibTorch_CPU_LIBRARY torch_cpu PATHS "${SADDLE_LIBTORCH}/lib" NO_DEFAULT_PATH)
find_library(LibTorch_C10_LIBRARY c10 PATHS "${SADDLE_LIBTORCH}/lib" NO_DEFAULT_PATH)

foreach(_header torch/headeronly/version.h torch/csrc/api/include/torch/version.h)
  if(NOT LibTorch_VERSION AND EXISTS "${LibTorch_INCLUDE_DIR}/${_header}")
    file(STRINGS "${LibTorch_INCLUDE_DIR}/${_header}" _lines
      REGEX "#define TORCH_VERSION_(MAJOR|MINOR|PATCH) [0-9]+")
    string(REGEX REPLACE "[^0-9;]" "" _lines "${_lines}")
    string(REPLACE ";" "." LibTorch_VERSION "${_lines}")
  endif()
endforeach()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LibTorch
  REQUIRED_VARS LibTorch_CPU_LIBRARY LibTorch_C10_LIBRARY LibTorch_INCLUDE_DIR LibTorch_API_INCLUDE_DIR
  VERSION_VAR LibTorch_VERSION
  REASON_FAILURE_MESSAGE "expected LibTorch's include/ and lib/ in SADDLE_LIBTORCH='${SADDLE_LIBTORCH}' (set it to such a folder, or let ./run build fetch one)")

if(LibTorch_FOUND AND NOT TARGET LibTorch::CPU)
  add_library(LibTorch::C10 SHARED IMPORTED)
  set_target_properties(LibTorch::C10 PROPERTIES IMPORTED_LOCATION "${LibTorch_C10_LIBRARY}")
  add_library(LibTorch::CPU SHARED IMPORTED)
  set_target_properties(LibTorch::CPU PROPERTIES IMPORTED_LOCATION "${LibTorch_CPU_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${LibTorch_INCLUDE_DIR};${LibTorch_API_INCLUDE_DIR}")
  target_link_libraries(LibTorch::CPU INTERFACE LibTorch::C10)
  # What libtorch_cpu itself needs (libgomp, libcupti, libcudart) is the loader's business, not ours.
  target_link_options(LibTorch::CPU INTERFACE "LINKER:--allow-shlib-undefined")
endif()
mark_as_advanced(LibTorch_INCLUDE_DIR LibTorch_API_INCLUDE_DIR LibTorch_CPU_LIBRARY LibTorch_C10_LIBRARY)
