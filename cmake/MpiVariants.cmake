# Other MPIs than the one that the programs are built with, each for tests only:
#   ulfm   an Open MPI 5 with ULFM: NAS_ULFM_MPI, a prefix; scripts/setup.sh puts one into .venv
#   mpich  Debian's libmpich-dev
# nas_mpi_variant(name include library source...): the library nas_mpi_<name>, as nas_mpi is; only
# where that MPI is there.
set(NAS_ULFM_MPI ${CMAKE_SOURCE_DIR}/.venv CACHE PATH "Prefix of an Open MPI with ULFM, for tests")

function(nas_mpi_variant name include library)
  add_library(nas_mpi_${name} STATIC ${ARGN})
  target_include_directories(nas_mpi_${name} SYSTEM PRIVATE ${include})
  target_link_libraries(nas_mpi_${name} PUBLIC nas_farm ${library})
  target_compile_definitions(nas_mpi_${name} PRIVATE OMPI_SKIP_MPICXX MPICH_SKIP_MPICXX)
endfunction()

# nas_has_ulfm(result include...): whether an MPI with these headers can say that ranks have died.
function(nas_has_ulfm result)
  include(CheckCXXSourceCompiles)
  set(CMAKE_REQUIRED_INCLUDES ${ARGN})
  set(CMAKE_REQUIRED_DEFINITIONS -DOMPI_SKIP_MPICXX)
  set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
  check_cxx_source_compiles("
    #include <mpi.h>
    #include <mpi-ext.h>
    int main() {
      int count = 0;
      MPI_Group failed = MPI_GROUP_NULL;
      MPIX_Comm_ack_failed(MPI_COMM_WORLD, 1, &count);
      return MPIX_Comm_get_failed(MPI_COMM_WORLD, &failed) == MPIX_ERR_PROC_FAILED_PENDING;
    }" ${result})
  set(${result} ${${result}} PARENT_SCOPE)
endfunction()

find_path(NAS_MPICH_INCLUDE mpi.h PATH_SUFFIXES ${CMAKE_LIBRARY_ARCHITECTURE}/mpich mpich PATHS /usr/include
  NO_DEFAULT_PATH)
find_library(NAS_MPICH_LIBRARY mpich)
find_program(NAS_MPICH_MPIRUN mpirun.mpich)
if(NOT NAS_MPICH_INCLUDE OR NOT NAS_MPICH_LIBRARY OR NOT NAS_MPICH_MPIRUN)
  message(STATUS "libmpich-dev is not installed: the test mpi_farm_test_mpich is not registered")
endif()

if(EXISTS ${NAS_ULFM_MPI}/include/mpi-ext.h AND EXISTS ${NAS_ULFM_MPI}/lib/libmpi.so)
  nas_has_ulfm(NAS_ULFM_IS_THERE ${NAS_ULFM_MPI}/include)
endif()
if(NOT NAS_ULFM_IS_THERE)
  message(STATUS "NAS_ULFM_MPI=${NAS_ULFM_MPI} holds no Open MPI with ULFM: the test system_ulfm_test is not registered")
endif()
