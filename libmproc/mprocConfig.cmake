include(${CMAKE_CURRENT_LIST_DIR}/mprocTargets.cmake)

# For <mproc/mpi.hpp>: find_package(mproc COMPONENTS mpi)
if("mpi" IN_LIST mproc_FIND_COMPONENTS AND NOT TARGET mproc::mpi)
  include(CMakeFindDependencyMacro)
  find_dependency(MPI COMPONENTS CXX)
  add_library(mproc::mpi INTERFACE IMPORTED)
  target_link_libraries(mproc::mpi INTERFACE mproc::mproc MPI::MPI_CXX)
endif()
