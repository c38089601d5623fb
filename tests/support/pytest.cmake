# One CTest test a file of a folder's *_test.py, which run the real binary; `label` is the folder. They mostly wait, some
# of them for long: so they begin first, and several share a core.
function(mproc_pytests label)
  foreach(file IN LISTS ARGN)
    get_filename_component(name ${file} NAME_WE)
    string(REGEX REPLACE "_test$" "" name ${name})
    add_test(NAME ${label}.${name} COMMAND /usr/bin/python3 -m pytest ${file})
    set_tests_properties(${label}.${name} PROPERTIES
      ENVIRONMENT "MPROC=$<TARGET_FILE:mproc>;PYTHONDONTWRITEBYTECODE=1"
      TIMEOUT 900 COST 100 LABELS ${label})
  endforeach()
endfunction()
