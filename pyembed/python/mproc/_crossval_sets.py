"""The samples of splits, and what arrays have for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, List, Tuple, Union

if TYPE_CHECKING:
    from numpy import ndarray

Samples = Union["ndarray", List[slice]]  # sample numbers in order, or ranges one behind the other


class Sets:
    """sets[split]: training samples and test samples, as the engine lays them out: `sets[split][side]` is [form, begin,
    end] of `index`, which has sample numbers (form 0) or first and end of ranges (form 1) there."""

    def __init__(self, sets: ndarray, index: ndarray) -> None:
        self._sets, self._index = sets, index

    def __len__(self) -> int:
        return len(self._sets)

    def __getitem__(self, split: int) -> Tuple[Samples, Samples]:
        train, test = self._sets[split].tolist()
        return self._side(*train), self._side(*test)

    def _side(self, form: int, begin: int, end: int) -> Samples:
        part = self._index[begin:end]
        return part if form == 0 else [slice(*pair) for pair in part.reshape(-1, 2).tolist()]


def size(samples: Samples) -> int:
    return sum(part.stop - part.start for part in samples) if isinstance(samples, list) else len(samples)


def numbers(samples: Samples) -> ndarray:
    if not isinstance(samples, list):
        return samples
    from numpy import arange, concatenate

    return concatenate([arange(part.start, part.stop) for part in samples] or [arange(0)])


def take(array: Any, samples: Samples) -> Any:
    """What scikit-learn's splitting gives, in the same layout: a view where that is one range's, else a copy."""
    from numpy import concatenate, ndarray

    if array is None:
        return None
    if not isinstance(array, ndarray):
        from sklearn.utils import _safe_indexing

        return _safe_indexing(array, numbers(samples))
    if not isinstance(samples, list) or not array.flags.c_contiguous:
        return array[numbers(samples)]
    parts = [array[part] for part in samples]
    return concatenate(parts) if len(parts) > 1 else parts[0] if parts else array[:0]
