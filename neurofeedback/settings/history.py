"""A way back: the values that something had, one after the other.

Responsible for undo and redo of frozen values. Not responsible for what they are.
"""

from __future__ import annotations

from typing import Generic, TypeVar

Value = TypeVar("Value")

MOST = 200


class History(Generic[Value]):
    """The values that something has had.

    Parameters
    ----------
    value : Value
        What it is at first; frozen.
    most : int
        How many earlier values are kept.
    """

    def __init__(self, value: Value, most: int = MOST) -> None:
        self._before: list[Value] = []
        self._value = value
        self._after: list[Value] = []
        self._most = most

    @property
    def value(self) -> Value:
        """What it is now."""
        return self._value

    @property
    def can_undo(self) -> bool:
        """Whether there is an earlier value."""
        return bool(self._before)

    @property
    def can_redo(self) -> bool:
        """Whether an undone value can come back."""
        return bool(self._after)

    def change(self, value: Value) -> bool:
        """Take on a new value; what was undone is forgotten. Return whether it is another."""
        if value == self._value:
            return False
        self._before = [*self._before, self._value][-self._most :]
        self._value, self._after = value, []
        return True

    def undo(self) -> Value:
        """Go back by one value, if there is one, and return it."""
        if self._before:
            self._after.append(self._value)
            self._value = self._before.pop()
        return self._value

    def redo(self) -> Value:
        """Take back an undo, if there is one, and return the value."""
        if self._after:
            self._before.append(self._value)
            self._value = self._after.pop()
        return self._value
