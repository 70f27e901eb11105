"""Properties that are kept once computed, and that no thread or forked process has to wait for."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

__all__ = ["cached_property"]

if TYPE_CHECKING:
    from functools import cached_property
else:

    class cached_property(functools.cached_property):
        """That of ``functools`` without a lock, and with one object for all threads.

        Before Python 3.12, all objects of a class wait for the one that is computed: threads for
        each other, and a process that was forked meanwhile for ever, as the thread that would go
        on is not in it. Since then, threads that compute at once get objects of their own.

        Examples
        --------
        >>> class Box:
        ...     @cached_property
        ...     def content(self):
        ...         return [1]
        >>> box = Box()
        >>> box.content is box.content
        True
        """

        def __get__(self, instance: Any, owner: Any = None) -> Any:
            if instance is None:
                return self
            return instance.__dict__.setdefault(self.attrname, self.func(instance))
