# libtorch as the imported targets nas_torch (CPU) and, where the wheel and the CUDA headers have
# it, nas_torch_cuda. Our own instead of the wheel's TorchConfig.cmake, which insists on nvcc,
# guesses GPU architectures and adds flags: g++ alone compiles and links against the wheel.
#
# Sets: NAS_TORCH_VERSION, NAS_HAVE_CUDA, and with it NAS_CUDA_VERSION, NAS_NCCL_VERSION.

set(_torch_places ${TORCH_ROOT})
if(NOT _torch_places)
  file(GLOB _torch_places ${CMAKE_SOURCE_DIR}/.venv/lib/python3*/site-packages/torch)
endif()
find_path(NAS_TORCH_INCLUDE ATen/ATen.h PATHS ${_torch_places} PATH_SUFFIXES include NO_DEFAULT_PATH NO_CACHE)
if(NOT NAS_TORCH_INCLUDE)
  if(TORCH_ROOT)
    set(_torch_where "TORCH_ROOT=${TORCH_ROOT} (it must hold include/ and lib/)")
  else()
    set(_torch_where "${CMAKE_SOURCE_DIR}/.venv")
  endif()
  message(FATAL_ERROR "no libtorch in ${_torch_where}: run scripts/setup.sh, or set TORCH_ROOT to a torch package "
                      "directory, or configure with -DNAS_WITH_TORCH=OFF (nas can't train then)")
endif()
get_filename_component(NAS_TORCH_ROOT ${NAS_TORCH_INCLUDE} DIRECTORY)
set(NAS_TORCH_LIB ${NAS_TORCH_ROOT}/lib)
get_filename_component(_torch_nvidia ${NAS_TORCH_ROOT}/../nvidia ABSOLUTE)

# The value of a #define of a number in a header.
function(nas_defined_number header name out)
  file(STRINGS ${header} _line REGEX "^#define[ \t]+${name}[ \t]+[0-9]+" LIMIT_COUNT 1)
  string(REGEX REPLACE "^#define[ \t]+${name}[ \t]+([0-9]+).*" "\\1" _value "${_line}")
  set(${out} "${_value}" PARENT_SCOPE)
endfunction()

# Older wheels define the version in another header.
foreach(_header torch/headeronly/version.h torch/csrc/api/include/torch/version.h)
  if(NOT NAS_TORCH_VERSION AND EXISTS ${NAS_TORCH_INCLUDE}/${_header})
    foreach(_part MAJOR MINOR PATCH)
      nas_defined_number(${NAS_TORCH_INCLUDE}/${_header} TORCH_VERSION_${_part} _torch_${_part})
    endforeach()
    if(NOT _torch_MAJOR STREQUAL "")
      set(NAS_TORCH_VERSION ${_torch_MAJOR}.${_torch_MINOR}.${_torch_PATCH})
    endif()
  endif()
endforeach()

function(nas_torch_library target)
  add_library(${target} INTERFACE IMPORTED)
  # Searched last: the wheel ships headers of its own fmt, which must not hide the one we link.
  target_compile_options(${target} INTERFACE -idirafter ${NAS_TORCH_INCLUDE})
  # The wheel's libraries find their own dependencies by RPATH, the linker does not.
  target_link_options(${target} INTERFACE -Wl,--allow-shlib-undefined "LINKER:-rpath,${NAS_TORCH_LIB}")
  foreach(_name ${ARGN})
    if(NOT EXISTS ${NAS_TORCH_LIB}/lib${_name}.so)
      message(FATAL_ERROR "${NAS_TORCH_LIB}/lib${_name}.so is missing: the torch package is incomplete, install it again")
    endif()
    target_link_libraries(${target} INTERFACE ${NAS_TORCH_LIB}/lib${_name}.so)
  endforeach()
endfunction()

nas_torch_library(nas_torch torch_cpu c10)

# CUDA comes with the wheels, in a directory beside torch, or from the system. The two are not
# mixed: the CPU-only set of wheels has some of CUDA's headers, but torch_cuda can't be loaded with it.
if(EXISTS ${_torch_nvidia})
  set(_torch_cuda_places ${_torch_nvidia}/cu13 ${_torch_nvidia}/cuda_runtime ${_torch_nvidia}/cublas)
else()
  set(_torch_cuda_places $ENV{CUDA_HOME} /usr/local/cuda)
endif()
find_path(NAS_CUDA_INCLUDE cuda_runtime_api.h PATHS ${_torch_cuda_places} PATH_SUFFIXES include NO_DEFAULT_PATH NO_CACHE)
find_path(NAS_CUBLAS_INCLUDE cublas_v2.h PATHS ${_torch_cuda_places} PATH_SUFFIXES include NO_DEFAULT_PATH NO_CACHE)
set(NAS_HAVE_CUDA OFF)
if(NAS_CUDA_INCLUDE AND NAS_CUBLAS_INCLUDE AND EXISTS ${NAS_TORCH_LIB}/libtorch_cuda.so)
  set(NAS_HAVE_CUDA ON)
  nas_torch_library(nas_torch_cuda torch_cuda c10_cuda torch_cpu c10)
  target_link_options(nas_torch_cuda INTERFACE -Wl,--no-as-needed)
  target_include_directories(nas_torch_cuda SYSTEM INTERFACE ${NAS_CUDA_INCLUDE} ${NAS_CUBLAS_INCLUDE})
  nas_defined_number(${NAS_CUDA_INCLUDE}/cuda_runtime_api.h CUDART_VERSION _cudart)
  math(EXPR _cuda_major "${_cudart} / 1000")
  math(EXPR _cuda_minor "${_cudart} % 1000 / 10")
  set(NAS_CUDA_VERSION ${_cuda_major}.${_cuda_minor})
  find_path(NAS_NCCL_INCLUDE nccl.h PATHS ${_torch_nvidia}/nccl/include NO_DEFAULT_PATH NO_CACHE)
  if(NAS_NCCL_INCLUDE)
    foreach(_part MAJOR MINOR PATCH)
      nas_defined_number(${NAS_NCCL_INCLUDE}/nccl.h NCCL_${_part} _nccl_${_part})
    endforeach()
    set(NAS_NCCL_VERSION ${_nccl_MAJOR}.${_nccl_MINOR}.${_nccl_PATCH})
  endif()
endif()
message(STATUS "libtorch ${NAS_TORCH_VERSION} in ${NAS_TORCH_ROOT}, GPU sources: ${NAS_HAVE_CUDA}")
