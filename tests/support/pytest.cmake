# One CTest test a file of a folder's *_test.py, which run the real binary; `label` is the folder.
function(mproc_pytests label)
  foreach(file IN LISTS ARGN)
    get_filename_component(name ${file} NAME_WE)
    string(REGEX REPLACE "_test$" "" name ${name})
    add_test(NAME ${label}.${name} COMMAND /usr/bin/python3 -m pytest ${file})
    set_tests_properties(${label}.${name} PROPERTIES
      ENVIRONMENT "MPROC=$<TARGET_FILE:mproc>;PYTHONDONTWRITEBYTECODE=1"
      TIMEOUT 900 PROCESSORS 2 LABELS ${label})
  endforeach()
endfunction()
