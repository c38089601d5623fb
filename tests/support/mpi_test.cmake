# mproc_mpi_test(NAME TARGET RANKS 2 3 4 [ARGS ...] [MPIRUN ...] [TIMEOUT seconds] [PASS regex] [LABELS ...])
#
# Registers one CTest test for each number of ranks: NAME_2, NAME_3, ... Any rank's non-zero exit status fails
# the test; with --enable-recovery among the MPIRUN options mpirun always returns 0, and PASS says what must
# be printed instead.
function(mproc_mpi_test name target)
  cmake_parse_arguments(arg "" "TIMEOUT;PASS" "RANKS;ARGS;MPIRUN;LABELS" ${ARGN})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 180)
  endif()
  foreach(ranks ${arg_RANKS})
    add_test(NAME ${name}_${ranks}
      COMMAND ${MPIEXEC_EXECUTABLE} -n ${ranks} --oversubscribe --bind-to none --tag-output ${arg_MPIRUN}
        $<TARGET_FILE:${target}> ${arg_ARGS})
    set_tests_properties(${name}_${ranks} PROPERTIES
      TIMEOUT ${arg_TIMEOUT} PROCESSORS ${ranks} LABELS "mpi;${arg_LABELS}"
      ENVIRONMENT "OMPI_ALLOW_RUN_AS_ROOT=1;OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1;OMPI_MCA_btl=self,vader;OMPI_MCA_pml=ob1;OMPI_MCA_plm=isolated;OMPI_MCA_mpi_yield_when_idle=1;ASAN_OPTIONS=detect_leaks=0")
    if(arg_PASS)
      set_tests_properties(${name}_${ranks} PROPERTIES PASS_REGULAR_EXPRESSION "${arg_PASS}")
    endif()
  endforeach()
endfunction()
