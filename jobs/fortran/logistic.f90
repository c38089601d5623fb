! The logistic map x -> r x (1 - x), from Fortran.

! Has a name and arguments of C: how many steps it takes from x to beyond y; -1: more than most.
function steps_beyond(r, x, y, most) bind(c) result(steps)
  use, intrinsic :: iso_c_binding
  real(c_double), value :: r, x, y
  integer(c_int64_t), value :: most
  integer(c_int64_t) :: steps
  real(c_double) :: at
  at = x
  do steps = 0, most
    if (at > y) return
    at = r * at * (1 - at)
  end do
  steps = -1
end function

! Plain: the compiler calls it orbit_, and its arguments are by reference.
subroutine orbit(r, x, n, values)
  implicit none
  double precision, intent(in) :: r, x
  integer, intent(in) :: n
  double precision, intent(out) :: values(n)
  integer :: i
  values(1) = x
  do i = 2, n
    values(i) = r * values(i - 1) * (1 - values(i - 1))
  end do
end subroutine
